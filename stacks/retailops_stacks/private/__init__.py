"""The central cluster's platform: its services, its teams, its priorities, its machines."""
