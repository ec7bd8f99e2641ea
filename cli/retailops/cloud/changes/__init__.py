"""What a change of the fleet repository touches: planned, reviewed, applied exactly so."""
