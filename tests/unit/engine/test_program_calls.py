"""Frames between a program and the engine: what comes back, what is refused, what happens when a side goes away."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import wrappers_pb2 as wire

from retailops.engine.program_calls import Channel, Server


class Echo:
    """A servicer of one service `t.Echo`."""

    def __init__(self) -> None:
        self.held = threading.Event()

    def say(self, request: Any, context: Any) -> Any:
        if request.value == "abort":
            context.abort(grpc.StatusCode.UNKNOWN, "one line")
        if request.value == "bug":
            raise ValueError("odd")
        if request.value == "wait":
            self.held.wait(20)
        return wire.StringValue(value=request.value.upper())


def call(channel: Any, text: str, method: str = "/t.Echo/Say") -> str:
    stub = channel.unary_unary(method, wire.StringValue.SerializeToString, wire.StringValue.FromString)
    return str(stub(wire.StringValue(value=text)).value)


@pytest.fixture
def served(tmp_path: Path) -> Any:
    echo, server = Echo(), Server(ThreadPoolExecutor(8))
    handler = grpc.unary_unary_rpc_method_handler(
        echo.say, wire.StringValue.FromString, wire.StringValue.SerializeToString
    )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("t.Echo", {"Say": handler}),))
    server.start(str(tmp_path / "s"))
    yield echo, server, Channel(str(tmp_path / "s"))
    echo.held.set()
    server.stop()


def test_answers_reach_their_own_callers(served: Any) -> None:
    channel = served[2]
    texts = [f"{'名' * (n * 997)}x{n}" for n in range(60)]
    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(lambda text: call(channel, text), texts)) == [text.upper() for text in texts]


@pytest.mark.parametrize(
    ("text", "method", "code", "words"),
    [
        ("abort", "/t.Echo/Say", grpc.StatusCode.UNKNOWN, "one line"),
        ("bug", "/t.Echo/Say", grpc.StatusCode.UNKNOWN, "odd"),
        ("x", "/t.Echo/Nothing", grpc.StatusCode.UNIMPLEMENTED, "not found"),
    ],
)
def test_failures_are_what_the_sdk_knows_from_grpc(served: Any, text: str, method: str, code: Any, words: str) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        call(served[2], text, method)
    assert (caught.value.code(), words in caught.value.details()) == (code, True)


def test_a_caller_hears_that_the_engine_went_away(served: Any) -> None:
    _, server, channel = served
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(call, channel, "wait")
        while not channel._waiting:
            pass
        server.stop()
        for outcome in (lambda: waiting.result(20), lambda: call(channel, "late")):
            with pytest.raises(grpc.RpcError) as caught:
                outcome()
            assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
