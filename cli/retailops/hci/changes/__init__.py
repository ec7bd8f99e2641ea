"""Changing hosts that serve: disks that come and go, restarts and upgrades in turns, pools that go."""
