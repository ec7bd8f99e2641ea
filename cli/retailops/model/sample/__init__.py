"""The sample chain that `retailops init` writes: a chain of convenience stores in four regions of China."""
