"""What is wrong with hosts that serve, and what soon will be."""
