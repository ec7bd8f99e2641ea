"""Pulumi components and policies of retailops."""
