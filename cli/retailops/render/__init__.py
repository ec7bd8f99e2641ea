"""Files for hosts as pure functions of the design: the only place with Jinja2."""
