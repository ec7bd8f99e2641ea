"""An executable that stands in for `pulumi`: it writes down how it was called, and answers as the real one's documentation says.

It was written from the Automation API's sources; the real CLI was never at hand.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

HERE = Path(os.environ.get("FAKE_PULUMI", "."))
SUMMARY = {
    "kind": "update",
    "startTime": "2026-11-25T20:00:00.000Z",
    "endTime": "2026-11-25T20:00:01.000Z",
    "message": "",
    "environment": {},
    "config": {},
    "result": "succeeded",
    "version": 1,
    "resourceChanges": {"create": 1},
}


def install(folder: Path) -> None:
    """Puts `pulumi` into `folder`."""
    path = folder / "pulumi"
    path.write_text(f"#!{sys.executable} -S\n" + Path(__file__).read_text())
    path.chmod(0o755)


def calls(here: Path) -> list[dict[str, Any]]:
    """How it was called, without the questions for its version: argv, environment, standard input, files of its folder."""
    path = here / "calls.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _main() -> int:
    words = [word for word in sys.argv[1:] if word != "--non-interactive"]
    if words == ["version"]:
        print("v3.200.0")
        return 0
    files = {path.name: [oct(path.stat().st_mode & 0o777), path.read_text()] for path in sorted(Path().glob("*.*"))}
    call = {"argv": words, "env": dict(os.environ), "stdin": "", "files": files}
    if words[:2] == ["config", "set"]:
        call["stdin"] = sys.stdin.read()
    with (HERE / "calls.jsonl").open("a") as log:
        log.write(json.dumps(call) + "\n")
    failing = json.loads((HERE / "fail.json").read_text()) if (HERE / "fail.json").exists() else {}
    if words[0] in failing:
        print(failing[words[0]], file=sys.stderr)
        return 255
    return _answer(words)


def _answer(words: list[str]) -> int:
    known = HERE / "stacks"
    if words[:2] == ["stack", "select"]:
        name = words[words.index("--stack") + 1]
        if name not in (known.read_text().split() if known.exists() else []):
            print(f"error: no stack named '{name}' found", file=sys.stderr)
            return 255
    elif words[:2] == ["stack", "init"]:
        known.write_text(words[2])
        if "--secrets-provider" in words:
            with next(Path().glob("Pulumi.*.yaml")).open("a") as settings:
                settings.write("encryptedkey: made-by-the-cli\n")
    elif words[:2] == ["stack", "output"]:
        print(json.dumps({"url": "http://x", "word": "plain" if "--show-secrets" in words else "[secret]"}))
    elif words[0] == "import":
        (HERE / "import.json").write_text(Path(words[words.index("--file") + 1]).read_text())
        Path(next(word for word in words if word.startswith("--out=")).removeprefix("--out=")).write_text("# lines\n")
    elif words[:2] == ["stack", "history"]:
        print(json.dumps([SUMMARY]))
    elif "--event-log" in words:
        _events(Path(words[words.index("--event-log") + 1]), words[0])
        print("Resources:")
    return 0


def _events(path: Path, verb: str) -> None:
    urn = "urn:pulumi:dev::proj::kubernetes:core/v1:Namespace::shop"
    metadata = {
        "op": "delete" if verb == "destroy" else "create",
        "urn": urn,
        "type": "x",
        "provider": "",
        "diffs": ["metadata"],
    }
    summary = {"maybeCorrupt": False, "durationSeconds": 1, "resourceChanges": {"create": 1}, "PolicyPacks": {}}
    events = [{"resourcePreEvent": {"metadata": metadata}}, {"summaryEvent": summary}, {"cancelEvent": {}}]
    with path.open("a") as log:
        for number, event in enumerate(events):
            log.write(json.dumps({"sequence": number, "timestamp": 1, **event}) + "\n")


if __name__ == "__main__":
    sys.exit(_main())
