"""Machines for the central cluster, from whatever makes them."""
