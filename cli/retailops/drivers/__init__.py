"""One module a tool: the only code that touches the world; imported lazily, by the wiring."""
