"""A change of many stores, ring by ring."""
