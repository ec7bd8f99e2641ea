"""One private cloud's stack: see retailops_stacks.private for what it holds."""

import pulumi

from retailops_stacks.private.platform import private_platform

for name, value in private_platform(pulumi.Config("private")).outputs.items():
    pulumi.export(name, value)
