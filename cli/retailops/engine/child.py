# mypy: allow-untyped-defs, allow-untyped-calls
"""Runs one Pulumi program after the other, each in a fork; started by `program.py` as a script of its own.

Standard library and the Pulumi SDK only: it may run in the virtual environment of somebody else's program. Reads one JSON
object a line on standard input, answers on the descriptor named by its argument.
"""

import asyncio
import contextlib
import ctypes
import gc
import importlib
import json
import logging
import os
import runpy
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PARENT_DEATH = 1


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


def configure(job):
    from pulumi import log
    from pulumi.runtime import set_all_config, settings

    settings.configure(
        settings.Settings(
            project=job["project"],
            stack=job["stack"],
            monitor=job["monitor"],
            engine=job["monitor"],
            parallel=job["parallel"],
            dry_run=job["dry_run"],
            organization="organization",
            root_directory=job["root"],
        )
    )
    set_all_config(job["config"], job["secret_keys"])
    if not job["debug"]:
        log.debug = lambda *_args, **_options: None


def run(job):
    from pulumi.runtime import run_in_stack

    configure(job)
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


def tell_imports(names, before):
    """The SDK packages that a program imported: the next fork gets them ready-made. Never the program's own modules."""
    found = sorted(name for name in sys.modules if name.startswith("pulumi_") and name not in before)
    os.write(names, "\n".join(found)[:60000].encode())


def import_again(names):
    for name in os.read(names, 60000).decode().split():
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def child(job, answers, names):
    die_with(job["parent"])
    before = set(sys.modules)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    try:
        run(job)
        answer = {"done": True}
    except BaseException as error:
        text, where = explain(error, job["folder"])
        answer = {"error": text[:2500], "where": where[:500]}
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    say(answers, answer)
    tell_imports(names, before)
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
    heard, told = os.pipe()
    os.set_blocking(heard, False)
    for line in iter(sys.stdin.buffer.readline, b""):
        job = json.loads(line)
        job["parent"] = os.getpid()
        gc.freeze()
        pid = os.fork()
        if pid == 0:
            child(job, answers, told)
        _, status = os.waitpid(pid, 0)
        say(answers, {"status": os.waitstatus_to_exitcode(status)})
        with contextlib.suppress(BlockingIOError):
            import_again(heard)


if __name__ == "__main__":
    main()
