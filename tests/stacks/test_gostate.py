"""State that Pulumi's own Go types read and write (`gostate/`)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from s3_server import Rig
from stack_desk import Desk

from retailops.engine.state.bucket import Bucket
from retailops.errors import RetailopsError

HERE = Path(__file__).parent / "gostate"


@pytest.fixture(scope="session")
def gostate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if go is None:
        warnings.warn("left out: no Go here, so Pulumi's own types did not read the state", stacklevel=1)
        pytest.skip("no Go: Pulumi's own types did not read the state")
    binary = tmp_path_factory.mktemp("gostate") / "gostate"
    done = subprocess.run([go, "build", "-o", str(binary), "."], cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"gostate does not build: {done.stderr[-800:]}")
    return binary


def said(gostate: Path, *words: object) -> dict[str, Any]:
    done = subprocess.run(
        [gostate, *map(str, words)], capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout or "{}"))


@pytest.fixture
def real_rounds(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001  # after what desk has set
    from retailops.engine.state import crypto

    monkeypatch.setattr(crypto, "ROUNDS", 1_000_000)


PROGRAM = """
config = pulumi.Config()
ns = k8s.core.v1.Namespace("shop", metadata={"name": "shop"}, opts=pulumi.ResourceOptions(
    custom_timeouts=pulumi.CustomTimeouts(create="5m"), protect=False))
k8s.core.v1.Secret("s", metadata={"name": "s", "namespace": ns.metadata.name},
    string_data={"password": pulumi.Output.secret("hunter2-hunter2")}, opts=pulumi.ResourceOptions(depends_on=[ns]))
pulumi.export("nested", {"list": [1, 2.5, None, pulumi.Output.secret({"deep": True})]})
pulumi.export("text", "名字 😀")
"""


@pytest.mark.usefixtures("real_rounds")
def test_pulumis_types_read_what_the_engine_wrote(desk: Desk, gostate: Path) -> None:
    desk.up(PROGRAM)
    path = Path(desk.request.state) / ".pulumi/stacks/proj/dev.json"
    found = said(gostate, "read", path, desk.request.passphrase_file)
    assert found["stack"] == "organization/proj/dev"
    by_name = {item["urn"].rsplit("::", 1)[-1]: item for item in found["resources"]}
    assert by_name["s"]["inputs"]["stringData"] == {"secret": {"password": "hunter2-hunter2"}}
    assert by_name["s"]["id"] == "shop/s"
    outputs = by_name["proj-dev"]["outputs"]
    assert outputs["text"] == "名字 😀"
    assert outputs["nested"] == {"secret": {"list": [1, 2.5, None, {"deep": True}]}} or outputs["nested"]["list"][
        3
    ] == {"secret": {"deep": True}}


@pytest.mark.usefixtures("real_rounds")
def test_the_engine_reads_what_pulumis_types_wrote_after_a_handover(desk: Desk, gostate: Path) -> None:
    state = Path(desk.request.state) / ".pulumi"
    (state / "stacks/proj").mkdir(parents=True)
    (state / "meta.yaml").write_text("version: 1\n")
    path = state / "stacks/proj/dev.json"
    said(gostate, "write", path, desk.request.passphrase_file, desk.program / "Pulumi.dev.yaml")
    program = 'pulumi.export("hidden", pulumi.Config().require_secret("hidden"))\npulumi.export("plain", 4)\n'
    with pytest.raises(RetailopsError) as caught:
        desk.up(program)
    assert "v3.200.0" in caught.value.message
    assert "handover" in (caught.value.resolution or "")
    assert desk.stacks.handover(desk.request, "builtin")
    assert desk.stacks.outputs(desk.request) == {"hidden": "[secret]", "plain": 3}
    assert desk.up(program).outputs == {"hidden": "[secret]", "plain": 4}
    found = said(gostate, "read", path, desk.request.passphrase_file)
    assert found["resources"][0]["outputs"] == {"hidden": {"secret": "raw text"}, "plain": 4}
    assert found["version"] == "v0.0.1-retailops"


@pytest.mark.usefixtures("real_rounds")
def test_pulumis_types_read_what_the_engine_wrote_into_a_bucket(desk: Desk, gostate: Path, rig: Rig) -> None:
    desk.write(PROGRAM)
    desk.stacks.up(replace(desk.request, state=rig.url), desk.lines.append)
    content = Bucket(rig.url).read("stacks/proj/dev.json")
    assert content
    (desk.folder / "of-the-bucket.json").write_bytes(content)
    found = said(gostate, "read", desk.folder / "of-the-bucket.json", desk.request.passphrase_file)
    assert found["stack"] == "organization/proj/dev"
    by_name = {item["urn"].rsplit("::", 1)[-1]: item for item in found["resources"]}
    assert by_name["s"]["inputs"]["stringData"] == {"secret": {"password": "hunter2-hunter2"}}
