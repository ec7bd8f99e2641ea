"""One pass of a program over a deployment, and what its end means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from retailops.engine.deletion import delete_unwanted
from retailops.engine.deployment import Deployment
from retailops.engine.lacking import Lacking
from retailops.engine.monitor import serve
from retailops.engine.program import Ending, Job, ProgramHost
from retailops.engine.project import Project
from retailops.engine.providers.port import OnLine
from retailops.errors import RetailopsError

_SDK_LACKS = "does not support"


class ProgramFailed(RetailopsError):
    """The program did not come to its end: what it registered is kept, nothing is deleted."""


@dataclass(frozen=True)
class Pass:
    """`patience` is for how many seconds a program may do nothing at all."""

    project: Project
    config: Mapping[str, str]
    secret_keys: list[str]
    patience: float
    on_line: OnLine

    def run(self, deployment: Deployment, host: ProgramHost) -> None:
        """Runs the program, waits for what is in flight, deletes what is no longer wanted; raises what went wrong."""
        with serve(deployment) as address:
            try:
                ending = host.run(self._job(deployment, address), deployment.flights.idle, self.patience)
            except BaseException:
                deployment.stop()
                host.close()
                deployment.flights.settle()
                raise
            deployment.flights.settle()
        self._judge(deployment, ending)
        delete_unwanted(deployment)
        deployment.flights.raise_first()

    def _job(self, deployment: Deployment, address: str) -> Job:
        return Job(
            project=self.project.name,
            stack=deployment.run.stack,
            root=str(self.project.root),
            folder=str(self.project.folder),
            main=str(self.project.main),
            config=dict(self.config),
            secret_keys=self.secret_keys,
            monitor=address,
            dry_run=deployment.run.dry_run,
        )

    def _judge(self, deployment: Deployment, ending: Ending) -> None:
        if deployment.lacking:
            raise Lacking(deployment.lacking)
        deployment.flights.raise_first()
        if not ending.error:
            return
        if "Pulumi CLI" in ending.error and _SDK_LACKS in ending.error:
            raise Lacking([ending.error.split(_SDK_LACKS, 1)[1].split(".")[0].strip()])
        text = ending.error
        for key in self.secret_keys:
            text = text.replace(self.config[key], "[secret]") if self.config[key] else text
        raise ProgramFailed(
            f"the program of {self.project.name} failed" + (f" at {ending.where}" if ending.where else ""),
            details=text,
            resolution="Mend the program and run it again; nothing was deleted.",
        )
