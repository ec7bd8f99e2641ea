"""What every pod of a store has in common: its size, and how little it may do."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_kubernetes.core import v1 as core


@dataclass(frozen=True)
class Size:
    """CPU in thousandths and memory in MiB; `cpu_asked` is set aside, as all of the memory is."""

    cpu: int
    cpu_asked: int
    memory: int

    def resources(self) -> core.ResourceRequirementsArgs:
        memory = f"{self.memory}Mi"
        return core.ResourceRequirementsArgs(
            limits={"cpu": f"{self.cpu}m", "memory": memory}, requests={"cpu": f"{self.cpu_asked}m", "memory": memory}
        )


def user(number: int) -> core.PodSecurityContextArgs:
    """Everything in the pod runs as this user, and its volumes are its own."""
    return core.PodSecurityContextArgs(
        run_as_user=number,
        run_as_group=number,
        fs_group=number,
        run_as_non_root=number != 0,
        seccomp_profile=core.SeccompProfileArgs(type="RuntimeDefault"),
    )


def contained() -> core.SecurityContextArgs:
    return core.SecurityContextArgs(
        allow_privilege_escalation=False,
        read_only_root_filesystem=True,
        capabilities=core.CapabilitiesArgs(drop=["ALL"]),
    )
