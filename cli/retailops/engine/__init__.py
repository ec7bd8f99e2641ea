"""The built-in engine: runs unchanged Pulumi programs for Python, in Pulumi's protocol and state, without its CLI."""
