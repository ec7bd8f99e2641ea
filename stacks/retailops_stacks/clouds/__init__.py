"""A public region behind one set of components, whoever sells it."""
