"""One store's edge stack: see retailops_stacks.edge for what it holds."""

import pulumi

from retailops_stacks.edge import EdgeStore, edge_store_args

config = pulumi.Config("edge")
store = EdgeStore(config.require("store"), edge_store_args(config.get))

pulumi.export("namespaces", store.namespaces)
pulumi.export("image", store.till.image)
pulumi.export("address", store.till.address)
