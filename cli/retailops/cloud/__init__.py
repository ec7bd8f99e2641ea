"""The stacks of a fleet: which there are, what each is wanted to be, and how changes reach them."""
