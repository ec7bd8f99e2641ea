"""The state of a stack, in Pulumi's own checkpoint format and file-backend layout."""
