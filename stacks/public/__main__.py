"""One public cloud's stack: see retailops_stacks.clouds for what it holds."""

import pulumi

from retailops_stacks.clouds.public import public_region

for name, value in public_region(pulumi.Config("public").get).outputs.items():
    pulumi.export(name, value)
