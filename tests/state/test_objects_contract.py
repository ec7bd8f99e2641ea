"""What every `objects.Objects` does: a folder, the fake, and a bucket on two servers."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_objects import Memory

from retailops.engine.state.bucket import Bucket, _client
from retailops.engine.state.folder import Folder
from retailops.engine.state.objects import Objects

KINDS = ["folder", "memory", "bucket", pytest.param("versitygw", marks=pytest.mark.long)]
"""`bucket` is one on moto. versitygw is a real S3 server over files, which checks signatures; its Go module is built here."""


@pytest.fixture(scope="session")
def versitygw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("versitygw")
    binary = shutil.which("versitygw")
    if binary is None:
        go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
        if go is None:
            pytest.skip("neither versitygw nor Go is here")
        built = subprocess.run(
            [go, "install", "github.com/versity/versitygw/cmd/versitygw@v1.8.0"],
            env={**os.environ, "GOBIN": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        if built.returncode:
            pytest.skip(f"versitygw does not build here: {built.stderr[-300:]}")
        binary = str(folder / "versitygw")
    for part in ("data", "side"):
        (folder / part).mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [binary, "--port", f"127.0.0.1:{port}", "posix", "--sidecar", folder / "side", folder / "data"],
        env={**os.environ, "ROOT_ACCESS_KEY": "tester", "ROOT_SECRET_KEY": "canary-of-the-bucket"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield port
    server.terminate()
    server.wait()


@pytest.fixture(params=KINDS)
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "folder":
        return Folder(tmp_path / "state" / ".pulumi")
    if request.param == "memory":
        return Memory(tmp_path)
    if request.param == "bucket":
        return Bucket(request.getfixturevalue("rig").url)
    request.getfixturevalue("aws")
    name, port = f"b{uuid.uuid4().hex}", request.getfixturevalue("versitygw")
    made = Bucket(f"s3://{name}/chain?endpoint=http://127.0.0.1:{port}&s3ForcePathStyle=true&region=us-east-1")
    _client(made.place).create_bucket(Bucket=name)
    return made


def test_what_was_written_is_read(objects: Objects) -> None:
    assert objects.read("stacks/p/s.json") is None
    objects.write("stacks/p/s.json", b"one")
    objects.write("stacks/p/s.json", "zwei 名".encode())
    assert objects.read("stacks/p/s.json") == "zwei 名".encode()
    objects.write("empty", b"")
    assert objects.read("empty") == b""


def test_create_never_writes_over_what_is_there(objects: Objects) -> None:
    assert objects.create("retailops/p/project.salt", b"first")
    assert not objects.create("retailops/p/project.salt", b"second")
    assert objects.read("retailops/p/project.salt") == b"first"


def test_of_those_who_create_at_once_one_does(objects: Objects) -> None:
    for turn in range(10):
        made: list[bytes] = []

        def create(number: int, key: str = f"claims/{turn}", made: list[bytes] = made) -> None:
            content = str(number).encode()
            if objects.create(key, content):
                made.append(content)

        threads = [threading.Thread(target=create, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert made == [objects.read(f"claims/{turn}")]


def test_what_is_removed_is_gone_and_may_be_removed_again(objects: Objects) -> None:
    objects.remove("locks/x.json")
    objects.write("locks/x.json", b"{}")
    objects.remove("locks/x.json")
    objects.remove("locks/x.json")
    assert objects.read("locks/x.json") is None


def test_names_are_those_of_one_folder_with_a_beginning(objects: Objects) -> None:
    assert objects.names("stacks/p/") == []
    for key in (
        "stacks/p/a.json",
        "stacks/p/a.json.bak",
        "stacks/p/ab.json",
        "stacks/p/deep/a.json",
        "stacks/q/a.json",
    ):
        objects.write(key, b"x")
    assert objects.names("stacks/p/a.json") == ["stacks/p/a.json", "stacks/p/a.json.bak"]
    assert objects.names("stacks/p/") == ["stacks/p/a.json", "stacks/p/a.json.bak", "stacks/p/ab.json"]
    assert objects.names("stacks/") == []
    assert objects.names("stacks/p/a.json", deep=True) == ["stacks/p/a.json", "stacks/p/a.json.bak"]
    assert [key for key in objects.names("stacks/", deep=True) if key.endswith("/a.json")] == [
        "stacks/p/a.json",
        "stacks/p/deep/a.json",
        "stacks/q/a.json",
    ]


def test_a_place_is_named_as_a_person_finds_it(objects: Objects) -> None:
    assert objects.where("stacks/p/a.json").endswith("stacks/p/a.json")


def test_more_names_than_a_page(rig: object) -> None:
    objects = Bucket(rig.url)  # type: ignore[attr-defined]
    for number in range(1003):
        objects.write(f"history/p/s/{number:04}", b"")
    assert objects.names("history/p/s/")[-1] == "history/p/s/1002"
    assert len(objects.names("history/p/s/")) == 1003
