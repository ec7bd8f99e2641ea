"""The drills: each a fault on purpose while records are written, with what it is held to; a file for each, `catalogue` lists them."""
