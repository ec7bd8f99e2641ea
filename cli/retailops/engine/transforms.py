"""Transforms: functions of the program that change a registration's properties and options, or a function call's, before the engine acts.

The functions stay in the program, behind a gRPC server of the SDK's; nothing here outlives one pass of the program.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

from retailops.engine.flights import Flights
from retailops.engine.values import (
    SIGNATURE,
    UNKNOWN,
    UNKNOWNS,
    Json,
    from_struct,
    is_secret,
    rewrite,
    secret,
    to_struct,
)
from retailops.errors import RetailopsError

OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_OPTIONS = [
    ("grpc.enable_http_proxy", 0),
    ("grpc.max_receive_message_length", 400 * 1024 * 1024),
    ("grpc.max_send_message_length", 400 * 1024 * 1024),
]
_FIELDS = {
    **{
        name: name
        for name in ("protect", "version", "provider", "providers", "replace_with", "replacement_trigger", "hooks")
    },
    "depends_on": "dependencies",
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
    "custom_timeouts": "customTimeouts",
    "plugin_download_url": "pluginDownloadURL",
    "plugin_checksums": "pluginChecksums",
    "retain_on_delete": "retainOnDelete",
    "deleted_with": "deletedWith",
    "additional_secret_outputs": "additionalSecretOutputs",
    "import": "importId",
    "hide_diff": "hideDiffs",
}
"""A transform's option -> the registration's field."""


class Transforms:
    """Thread-safe. Failures of the program's functions are remembered in `flights`, so that nothing else is begun."""

    def __init__(self, flights: Flights) -> None:
        self._flights = flights
        self._lock = threading.Lock()
        self._channels: dict[str, Any] = {}
        self._stack: list[Any] = []
        self._invokes: list[Any] = []
        self._own: dict[str, tuple[str, list[Any]]] = {}

    def add_to_stack(self, callback: Any) -> None:
        with self._lock:
            self._stack.append(callback)

    def add_to_invokes(self, callback: Any) -> None:
        with self._lock:
            self._invokes.append(callback)

    def remember(self, urn: str, request: Any) -> None:
        """The transforms of a resource that is there now are its children's, too."""
        with self._lock:
            self._own[urn] = (request.parent, list(request.transforms))

    def of(self, request: Any) -> list[Any]:
        """In the order of Pulumi's engine: its own, its parents' from the nearest on, the stack's."""
        with self._lock:
            return [*request.transforms, *self._above(request.parent), *self._stack]

    def _above(self, parent: str) -> Iterator[Any]:
        while parent:
            parent, own = self._own.get(parent, ("", []))
            yield from own

    def resource(self, request: Any) -> Any:
        """The `RegisterResourceRequest` as its transforms want it; the very same if there are none."""
        from pulumi.runtime.proto import resource_pb2 as wire

        callbacks = self.of(request)
        if not callbacks:
            return request
        new = wire.RegisterResourceRequest()
        new.CopyFrom(request)
        for callback in callbacks:
            asked = wire.TransformRequest(
                type=new.type,
                name=new.name,
                custom=new.custom,
                parent=new.parent,
                properties=to_struct(_as_outputs(from_struct(new.object), new.propertyDependencies)),
                options=_options(new),
            )
            what = f"{new.type.split(':', 1)[-1]} {new.name}"
            answer = wire.TransformResponse.FromString(self._call(callback, asked, what))
            if answer.HasField("properties"):
                new.object.CopyFrom(to_struct(_without_outputs(from_struct(answer.properties))))
            if answer.HasField("options"):
                _apply(answer.options, new)
        return new

    def invoke(self, request: Any) -> Any:
        """The `ResourceInvokeRequest` as the stack's invoke transforms want it."""
        from pulumi.runtime.proto import resource_pb2 as wire

        with self._lock:
            callbacks = list(self._invokes)
        if not callbacks:
            return request
        new = wire.ResourceInvokeRequest()
        new.CopyFrom(request)
        for callback in callbacks:
            options = wire.TransformInvokeOptions(
                provider=new.provider, version=new.version, plugin_download_url=new.pluginDownloadURL
            )
            asked = wire.TransformInvokeRequest(token=new.tok, args=new.args, options=options)
            answer = wire.TransformInvokeResponse.FromString(self._call(callback, asked, f"the function {new.tok}"))
            if answer.HasField("args"):
                new.args.CopyFrom(to_struct(_without_outputs(from_struct(answer.args))))
            if answer.HasField("options"):
                new.provider, new.version = answer.options.provider, answer.options.version
                new.pluginDownloadURL = answer.options.plugin_download_url
        return new

    def close(self) -> None:
        with self._lock:
            for channel in self._channels.values():
                channel.close()

    def _call(self, callback: Any, asked: Any, what: str) -> bytes:
        import grpc
        from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc

        with self._lock:
            channel = self._channels.get(callback.target)
            if channel is None:
                channel = self._channels[callback.target] = grpc.insecure_channel(callback.target, _OPTIONS)
        sent = callback_pb2.CallbackInvokeRequest(token=callback.token, request=asked.SerializeToString())
        try:
            answer: bytes = callback_pb2_grpc.CallbacksStub(channel).Invoke(sent).response
            return answer
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNKNOWN:
                raise RetailopsError(
                    f"the program's transform of {what} gave no answer: {error.code().name}"
                ) from error
            text, _, trace = error.details().partition(" error: ")[2].partition(":\n")
            with self._flights.many():
                raise RetailopsError(f"a transform of {what} failed: {text}", details=trace.rstrip() or None) from error


def _as_outputs(values: dict[str, Json], dependencies: Mapping[str, Any]) -> dict[str, Json]:
    """Secrets, unknowns and what came from other resources as `Output`s: what a transform's author gets from Pulumi's engine."""

    def wrap(node: Json) -> Json:
        if is_secret(node):
            return _output(node["value"], secret=True)
        return _output(node) if isinstance(node, str) and node in UNKNOWNS else node

    wrapped: dict[str, Json] = rewrite(values, wrap)
    for key in wrapped:
        if key in dependencies and dependencies[key].urns and wrapped[key] is values[key]:
            wrapped[key] = _output(wrapped[key], urns=sorted(dependencies[key].urns))
    return wrapped


def _output(value: Json, *, secret: bool = False, urns: list[str] | None = None) -> Json:
    known = {} if isinstance(value, str) and value in UNKNOWNS else {"value": value}
    return {SIGNATURE: OUTPUT, **known, "secret": secret, "dependencies": urns or []}


def _without_outputs(values: dict[str, Json]) -> dict[str, Json]:
    def unwrap(node: Json) -> Json:
        if not (isinstance(node, dict) and node.get(SIGNATURE) == OUTPUT):
            return node
        value = rewrite(node.get("value", UNKNOWN), unwrap)
        return secret(value) if node.get("secret") else value

    unwrapped: dict[str, Json] = rewrite(values, unwrap)
    return unwrapped


def _options(request: Any) -> Any:
    from pulumi.runtime.proto import alias_pb2
    from pulumi.runtime.proto import resource_pb2 as wire

    options = wire.TransformResourceOptions(
        aliases=[*request.aliases, *(alias_pb2.Alias(urn=urn) for urn in request.aliasURNs)]
    )
    for name, field in _FIELDS.items():
        _copy(request, field, options, name)
    if request.deleteBeforeReplaceDefined:
        options.delete_before_replace = request.deleteBeforeReplace
    return options


def _apply(options: Any, request: Any) -> None:
    had_trigger = request.HasField("replacement_trigger")
    for name, field in _FIELDS.items():
        _copy(options, name, request, field)
    if not had_trigger and not options.replacement_trigger.WhichOneof("kind"):
        request.ClearField("replacement_trigger")
    request.deleteBeforeReplaceDefined = options.HasField("delete_before_replace")
    request.deleteBeforeReplace = options.delete_before_replace
    request.ClearField("aliasURNs")
    request.ClearField("aliases")
    request.aliases.extend(options.aliases)
    for key in [key for key in request.propertyDependencies if key not in request.object]:
        del request.propertyDependencies[key]
    kept = {urn for item in request.propertyDependencies.values() for urn in item.urns}
    request.dependencies.extend(sorted(kept - set(request.dependencies)))


def _copy(source: Any, name: str, target: Any, field: str) -> None:
    """One field of a message into another, unset where it is unset."""
    target.ClearField(field)
    found = next((value for key, value in source.ListFields() if key.name == name), None)
    if found is None:
        return
    if hasattr(found, "CopyFrom"):
        getattr(target, field).CopyFrom(found)
    elif hasattr(found, "MergeFrom"):
        getattr(target, field).MergeFrom(found)
    else:
        setattr(target, field, found)
