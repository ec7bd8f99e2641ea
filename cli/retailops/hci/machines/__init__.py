"""Virtual machines: described, placed, started, and carried elsewhere only after two proofs."""
