"""retailops: describe a chain of shops once, and open its stores."""

__version__ = "0.1.0"
