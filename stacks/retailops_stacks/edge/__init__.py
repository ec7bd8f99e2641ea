"""One store's cluster: its tills, and whatever else its format declares."""
