# mypy: allow-untyped-defs, allow-untyped-calls
"""Runs one Pulumi program after the other, each in a fork; started by `program.py` as a script of its own.

Standard library, `program_calls` and the Pulumi SDK only: it may run in the virtual environment of somebody else's program. Reads one JSON
object a line on standard input, answers on the descriptor named by its argument.
"""

import asyncio
import contextlib
import ctypes
import gc
import importlib
import importlib.machinery
import importlib.util
import json
import logging
import operator
import os
import runpy
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

PARENT_DEATH = 1
INITS = 3
READY: set[str] = set()
"""Names that `make_ready` has dealt with; a fork inherits them and tells only others."""


def beside(name):
    """A module of this folder, by its file: the folder is not on the path of every interpreter, and must not be on a program's."""
    spec = importlib.util.spec_from_file_location(f"_retailops_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def die_with(parent):
    ctypes.CDLL(None).prctl(PARENT_DEATH, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def say(answers, document):
    os.write(answers, json.dumps(document).encode() + b"\n")


def place(error, folder):
    """`__main__.py:12` of the innermost frame that is the program's own."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(folder)]
    return f"{os.path.relpath(frames[-1].filename, folder)}:{frames[-1].lineno}" if frames else ""


def write_no_bytecode_below(folder):
    """A program's folder stays as it is; installed packages are compiled once, as Python does everywhere."""
    loader = importlib.machinery.SourceFileLoader
    write = loader.set_data

    def set_data(self, path, data, **options):
        if not os.path.realpath(path).startswith(os.path.realpath(folder) + os.sep):
            write(self, path, data, **options)

    loader.set_data = set_data  # type: ignore[method-assign]


def configure(job, calls):
    from pulumi import log
    from pulumi.runtime import resource, set_all_config, settings
    from pulumi.runtime.proto import engine_pb2_grpc, resource_pb2_grpc

    channel = calls.Channel(job["monitor"])
    settings.configure(
        settings.Settings(
            project=job["project"],
            stack=job["stack"],
            monitor=resource_pb2_grpc.ResourceMonitorStub(channel),
            engine=engine_pb2_grpc.EngineStub(channel),
            parallel=job["parallel"],
            dry_run=job["dry_run"],
            organization="organization",
            root_directory=job["root"],
        )
    )
    set_all_config(job["config"], job["secret_keys"])
    if not job["debug"]:
        log.debug = lambda *_args, **_options: None
        if hasattr(resource, "_get_stack_trace"):
            resource._get_stack_trace = where_made


def where_made():
    """The one frame that the engine looks at; the SDK describes the whole stack, which took a fifth of a program's CPU.

    As the SDK counts: the third `__init__` from here is the resource's own class, and its caller is the program.
    """
    from pulumi.runtime import resource
    from pulumi.runtime.proto import source_pb2

    frame: FrameType | None = sys._getframe(1)
    seen = 0
    while frame and (seen := seen + (frame.f_code.co_name == "__init__")) < INITS:
        frame = frame.f_back
    if not frame or not frame.f_back:
        return source_pb2.StackTrace()
    made = traceback.FrameSummary(frame.f_back.f_code.co_filename, frame.f_back.f_lineno, "", lookup_line=False)
    return source_pb2.StackTrace(
        frames=[source_pb2.StackFrame(pc=resource._get_source_position_for_frame(made))],
    )


def run(job, calls):
    from pulumi.runtime import run_in_stack

    configure(job, calls)
    write_no_bytecode_below(job["root"])
    os.chdir(job["folder"])
    sys.path[0] = job["folder"]
    sys.argv = [job["main"]]
    loop = asyncio.new_event_loop()
    loop.set_default_executor(ThreadPoolExecutor(max_workers=job["parallel"] * 4))
    loop.set_exception_handler(lambda _loop, _context: None)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop.run_until_complete(run_in_stack(lambda: runpy.run_path(job["main"], run_name="__main__")))


def explain(error, folder):
    from pulumi import RunError

    where = place(error, folder)
    if isinstance(error, RunError):
        return str(error), where
    if isinstance(error, SystemExit):
        return f"it called sys.exit({error.code!r})", where
    return f"{type(error).__name__}: {error}", where


def ready_made(name):
    """The SDK's packages and ours: they read nothing of a stack when they are imported, unlike a program's own modules."""
    return name.startswith(("pulumi_", "retailops_stacks"))


def watch_types():
    """Classes whose types the SDK works out in this run, by name; resolving their annotations is a third of a small run."""
    from pulumi import _types

    resolve = _types._types_from_py_properties
    met: dict[str, None] = {}

    def resolved(cls):
        met[f"{cls.__module__}:{cls.__qualname__}"] = None
        return resolve(cls)

    _types._types_from_py_properties = resolved
    return met


def tell(names, before, met):
    """What the next fork should get ready-made."""
    modules = sorted(name for name in sys.modules if ready_made(name) and name not in before)
    types = [name for name in met if ready_made(name)]
    os.write(names, "\n".join(name for name in [*modules, *types] if name not in READY)[:60000].encode())


def loaded(name):
    """A module, after its packages: in one that was left for later its modules would take the places of its classes."""
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        found = importlib.import_module(".".join(parts[:count]))
        getattr(found, "__all__", None)
    return found


def make_ready(names):
    from pulumi import _types

    for name in os.read(names, 60000).decode().split():
        READY.add(name)
        module, _, path = name.partition(":")
        with contextlib.suppress(Exception):
            found = loaded(module)
            if path:
                _types._types_from_py_properties(operator.attrgetter(path)(found))


def child(job, answers, names, calls):
    die_with(job["parent"])
    before = set(sys.modules)
    met: dict[str, None] = {}
    with contextlib.suppress(ImportError, AttributeError):
        met = watch_types()
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    try:
        run(job, calls)
        answer = {"done": True}
    except BaseException as error:
        text, where = explain(error, job["folder"])
        answer = {"error": text[:2500], "where": where[:500]}
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    say(answers, answer)
    tell(names, before, met)
    os._exit(0)


def main():
    answers, parent = int(sys.argv[1]), int(sys.argv[2])
    die_with(parent)
    os.set_inheritable(answers, False)
    try:
        import pulumi
    except ImportError as error:
        say(answers, {"fatal": f"{Path(sys.executable)} can't import the Pulumi SDK: {error}"})
        return
    say(answers, {"ready": getattr(pulumi, "__version__", "")})
    calls = beside("program_calls")
    heard, told = os.pipe()
    os.set_blocking(heard, False)
    for line in iter(sys.stdin.buffer.readline, b""):
        job = json.loads(line)
        job["parent"] = os.getpid()
        gc.freeze()
        pid = os.fork()
        if pid == 0:
            child(job, answers, told, calls)
        _, status = os.waitpid(pid, 0)
        say(answers, {"status": os.waitstatus_to_exitcode(status)})
        with contextlib.suppress(BlockingIOError):
            make_ready(heard)


if __name__ == "__main__":
    main()
