"""Pulumi's services, ResourceMonitor and Engine, in front of a deployment."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from retailops.engine.deployment import Deployment
from retailops.engine.program import PARALLEL
from retailops.engine.program_calls import Server
from retailops.engine.registration import Registration, registration
from retailops.engine.state.checkpoint import Resource
from retailops.engine.transforms import Transforms
from retailops.engine.values import UNKNOWN, from_struct, to_struct
from retailops.errors import RetailopsError

POOL = PARALLEL * 4 + 8
"""More threads than the program's SDK can wait with, or log calls and registrations starve each other."""
_SEVERITY = ("debug", "info", "warning", "error")


@contextmanager
def serve(deployment: Deployment) -> Iterator[str]:
    """Serves on a socket in a folder that only we can enter; gives its path."""
    from pulumi.runtime.proto import engine_pb2_grpc, resource_pb2_grpc

    server = Server(ThreadPoolExecutor(POOL))
    transforms = Transforms(deployment.flights)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(_monitor(deployment, transforms), server)
    engine_pb2_grpc.add_EngineServicer_to_server(_engine(deployment), server)
    with tempfile.TemporaryDirectory(prefix="retailops-") as folder:
        path = str(Path(folder) / "monitor")
        server.start(path)
        try:
            yield path
        finally:
            server.stop()
            transforms.close()


def _answer(context: Any, work: Callable[[], Any]) -> Any:
    """A failure becomes the call's status: the program sees one line, the deployment keeps the whole error."""
    import grpc

    try:
        return work()
    except RetailopsError as error:
        context.abort(grpc.StatusCode.UNKNOWN, error.message)


def _monitor(deployment: Deployment, transforms: Transforms) -> Any:
    from google.protobuf import empty_pb2
    from pulumi.runtime.proto import resource_pb2 as wire
    from pulumi.runtime.proto import resource_pb2_grpc

    names = ["SECRETS", "RESOURCE_REFERENCES", "DELETED_WITH", "ALIAS_SPECS", "TRANSFORMS", "INVOKE_TRANSFORMS"]
    names += ["REPLACE_WITH", "REPLACEMENT_TRIGGER"]
    features = [wire.ResourceMonitorFeature.Value(f"RESOURCE_MONITOR_FEATURE_{name}") for name in names]
    legacy = {"secrets", "resourceReferences", "deletedWith", "aliasSpecs", "transforms", "invokeTransforms"}
    legacy |= {"replaceWith", "replacementTrigger"}

    class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
        def GetDeploymentInfo(self, _request: Any, _context: Any) -> Any:
            run = deployment.run
            return wire.DeploymentInfo(
                project=run.project,
                stack=run.stack,
                organization="organization",
                dryRun=run.dry_run,
                parallel=PARALLEL,
                supportedFeatures=features,
            )

        def SupportsFeature(self, request: Any, _context: Any) -> Any:
            return wire.SupportsFeatureResponse(hasSupport=request.id in legacy)

        def RegisterResource(self, request: Any, context: Any) -> Any:
            made = _answer(context, lambda: deployment.register(_transformed(request, transforms)))
            transforms.remember(made.urn, request)
            return wire.RegisterResourceResponse(
                urn=made.urn, id=_identifier(made, deployment), object=to_struct(_sent(made, remote=request.remote))
            )

        def RegisterResourceOutputs(self, request: Any, context: Any) -> Any:
            _answer(context, lambda: deployment.outputs(request.urn, from_struct(request.outputs)))
            return empty_pb2.Empty()

        def ReadResource(self, request: Any, context: Any) -> Any:
            asked = Registration(
                type=request.type,
                name=request.name,
                parent=request.parent,
                custom=True,
                inputs=from_struct(request.properties),
                provider=request.provider,
                version=request.version,
                dependencies=tuple(sorted(request.dependencies)),
                additional_secret_outputs=tuple(request.additionalSecretOutputs),
            )
            found = _answer(context, lambda: deployment.read(asked, request.id))
            return wire.ReadResourceResponse(urn=found.urn, properties=to_struct(_sent(found)), id=found.id)

        def Invoke(self, request: Any, context: Any) -> Any:
            asked = _answer(context, lambda: transforms.invoke(request))
            arguments = from_struct(asked.args)
            result = _answer(context, lambda: deployment.invoke(asked.tok, asked.provider, asked.version, arguments))
            return wire.ResourceInvokeResponse(**{"return": to_struct(result)})

        def RegisterStackTransform(self, request: Any, _context: Any) -> Any:
            transforms.add_to_stack(request)
            return empty_pb2.Empty()

        def RegisterStackInvokeTransform(self, request: Any, _context: Any) -> Any:
            transforms.add_to_invokes(request)
            return empty_pb2.Empty()

        def SignalAndWaitForShutdown(self, _request: Any, _context: Any) -> Any:
            return empty_pb2.Empty()

    return Monitor()


def _transformed(request: Any, transforms: Transforms) -> Registration:
    asked = registration(transforms.resource(request))
    if request.remote and transforms.of(request):
        return replace(asked, lacking=(*asked.lacking, "transforms of a remote component's children"))
    return asked


def _engine(deployment: Deployment) -> Any:
    from google.protobuf import empty_pb2
    from pulumi.runtime.proto import engine_pb2 as wire
    from pulumi.runtime.proto import engine_pb2_grpc

    root = [""]

    class Engine(engine_pb2_grpc.EngineServicer):
        def Log(self, request: Any, _context: Any) -> Any:
            if request.severity:
                deployment.run.on_line(f"{_SEVERITY[request.severity]}: {request.message}")
            return empty_pb2.Empty()

        def SetRootResource(self, request: Any, _context: Any) -> Any:
            root[0] = request.urn
            return wire.SetRootResourceResponse()

        def GetRootResource(self, _request: Any, _context: Any) -> Any:
            return wire.GetRootResourceResponse(urn=root[0])

        def RequirePulumiVersion(self, _request: Any, _context: Any) -> Any:
            return wire.RequirePulumiVersionResponse()

    return Engine()


def _identifier(made: Resource, deployment: Deployment) -> str:
    return "" if made.id == UNKNOWN and deployment.run.dry_run and not made.type.startswith("pulumi:") else made.id


def _sent(made: Resource, *, remote: bool = False) -> dict[str, Any]:
    """What the program sees: a component has only what it registered itself, a remote one its outputs."""
    return dict(made.outputs) if made.custom or remote else dict(made.inputs)
