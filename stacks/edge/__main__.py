"""One store's edge stack: see retailops_stacks.edge for what it holds."""

import pulumi

from retailops_stacks.edge.store import edge_store

for name, value in edge_store(pulumi.Config("edge")).outputs.items():
    pulumi.export(name, value)
