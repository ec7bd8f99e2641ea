"""The other site: what each knows of the other, copies by snapshots, and which of them is written."""
