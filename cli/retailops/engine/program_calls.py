# mypy: allow-untyped-defs, allow-untyped-calls
"""Calls between a program and the engine: Pulumi's own messages, each in one frame on a Unix socket.

It stands in for a gRPC channel and a gRPC server under the SDK's generated stubs and servicers, which cost a fork some 50 ms of
CPU. Used on both sides, so: standard library and what the SDK brings only.
"""

import contextlib
import queue
import socket
import struct
import threading
from typing import Any

_HEAD = struct.Struct("!IQB")
"""Length of what follows it, number of the call, status (0 is good) in an answer or length of the method's name in a call."""
_GREATEST = 400 * 1024 * 1024
_UNKNOWN, _RESOURCE_EXHAUSTED, _UNIMPLEMENTED, _UNAVAILABLE = 2, 8, 12, 14


class Channel:
    """What the generated stubs ask of a channel. Thread-safe; a call waits for its answer."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._lock = threading.Lock()
        self._waiting: dict[int, Any] = {}
        self._gone = False
        self._last = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def unary_unary(self, method, request_serializer=None, response_deserializer=None, **_options):
        name = method.encode()
        return lambda request, **_call: response_deserializer(self._ask(name, request_serializer(request)))

    def unary_stream(self, method, *_arguments, **_options):
        def refuse(*_arguments, **_call):
            raise _failure(_UNIMPLEMENTED, f"{method} streams, which this engine does not")

        return refuse

    stream_unary = stream_stream = unary_stream

    def _ask(self, method, content):
        answer: Any = queue.SimpleQueue()
        with self._lock:
            if self._gone:
                raise _failure(_UNAVAILABLE, "the engine is gone")
            self._last += 1
            self._waiting[self._last] = answer
            with contextlib.suppress(OSError):
                _send(self._socket, self._last, len(method), method + content)
        status, told = answer.get()
        if status:
            raise _failure(status, told.decode("utf-8", "replace"))
        return told

    def _listen(self):
        with contextlib.suppress(OSError):
            while frame := _receive(self._socket):
                number, status, content = frame
                with self._lock:
                    answer = self._waiting.pop(number)
                answer.put((status, content))
        with self._lock:
            self._gone = True
        for answer in self._waiting.values():
            answer.put((_UNAVAILABLE, b"the engine is gone"))


class Server:
    """What the generated `add_…_to_server` ask of a server. Each call runs in a thread of `pool`."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._handlers: list[Any] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._open: list[socket.socket] = []

    def add_generic_rpc_handlers(self, handlers):
        self._handlers += handlers

    def add_registered_method_handlers(self, _service, _handlers):
        """The generic handlers hold the same ones."""

    def start(self, path: str) -> None:
        self._listener.bind(path)
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Takes no more calls; what is under way ends in its thread, unheard."""
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._pool.shutdown(wait=False)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        lock = threading.Lock()
        with contextlib.suppress(OSError, RuntimeError):
            while frame := _receive(connection):
                self._pool.submit(self._answer, connection, lock, *frame)

    def _answer(self, connection, lock, number, length, content):
        status, answer = self._call(content[:length].decode("utf-8", "replace"), content[length:])
        if len(answer) > _GREATEST:
            status, answer = _RESOURCE_EXHAUSTED, b"the answer is too large"
        with lock, contextlib.suppress(OSError):
            _send(connection, number, status, answer)

    def _call(self, method, content):
        handler = next((found for one in self._handlers if (found := one.service(_Details(method)))), None)
        if handler is None or handler.unary_unary is None:
            return _UNIMPLEMENTED, b"Method not found!"
        try:
            answer = handler.unary_unary(handler.request_deserializer(content), _Context())
            return 0, handler.response_serializer(answer)
        except Aborted as error:
            return error.status, str(error).encode()
        except Exception as error:
            return _UNKNOWN, f"Exception calling application: {error}".encode()


class Aborted(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class _Context:
    """What a servicer gets beside its request."""

    def abort(self, code, details):
        raise Aborted(code.value[0], details)


class _Details:
    invocation_metadata = ()

    def __init__(self, method):
        self.method = method


def _failure(status, text):
    import grpc

    class Failure(grpc.RpcError):  # type: ignore[misc]
        def code(self):
            return next(code for code in grpc.StatusCode if code.value[0] == status)

        def details(self):
            return text

    return Failure(text)


def _send(connection, number, small, content):
    connection.sendall(_HEAD.pack(len(content), number, small) + content)


def _receive(connection):
    """One frame; None at the end of the stream."""
    head = _exactly(connection, _HEAD.size)
    if head is None:
        return None
    length, number, small = _HEAD.unpack(head)
    content = _exactly(connection, length) if length <= _GREATEST else None
    return None if content is None else (number, small, content)


def _exactly(connection, length):
    content = bytearray(length)
    view, got = memoryview(content), 0
    while got < length:
        count = connection.recv_into(view[got:])
        if not count:
            return None
        got += count
    return bytes(content)
