"""The module retailops_cluster, run as Ansible runs it, with programs that stand for corosync's and Pacemaker's."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hci_module import run_module

WANTED = Path(__file__).parents[1] / "golden" / "hci" / "files" / "cluster.xml"
FRESH = """<configuration><crm_config><cluster_property_set id="cib-bootstrap-options">
<nvpair id="v" name="dc-version" value="2.1.5"/></cluster_property_set></crm_config>
<nodes><node id="1" uname="h1"/></nodes><resources/><constraints/></configuration>"""
PROGRAMS = {
    "crm_mon": """#!/bin/sh
echo "<r><summary><current_dc present='true' with_quorum='$(cat "$HOME/quorum")'/></summary></r>"
""",
    "cibadmin": """#!/bin/sh
case $1 in --query) cat "$HOME/cib";; *) cat >"$HOME/cib.new"; mv "$HOME/cib.new" "$HOME/cib"; echo replaced >>"$HOME/log";; esac
""",
    "corosync-cmapctl": """#!/bin/sh
n=0; for address in $(cat "$HOME/members"); do echo "nodelist.node.$n.ring0_addr (str) = $address"; n=$((n+1)); done
""",
    "corosync-cfgtool": """#!/bin/sh
echo "reload $1" >>"$HOME/log"; echo 10.8.0.1 10.8.0.2 >"$HOME/members"
""",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    for name, text in PROGRAMS.items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "cib").write_text(FRESH)
    (tmp_path / "quorum").write_text("true")
    (tmp_path / "members").write_text("10.8.0.1 10.8.0.2")
    (tmp_path / "corosync.conf").write_text("node {\n ring0_addr: 10.8.0.1\n}\nnode {\n ring0_addr: 10.8.0.2\n}\n")
    return tmp_path


def run(home: Path, check: bool = False, patience: int = 5) -> dict[str, Any]:
    args = {"corosync": str(home / "corosync.conf"), "cib": str(WANTED), "patience": patience}
    return run_module("retailops_cluster", home, check, **args)


def log(home: Path) -> list[str]:
    return (home / "log").read_text().splitlines() if (home / "log").exists() else []


def test_the_configuration_is_replaced_once_and_pacemakers_own_parts_stay(home: Path) -> None:
    first = run(home)
    assert first["replaced"] == ["crm_config", "resources", "constraints", "fencing-topology", "rsc_defaults"], first
    assert run(home)["changed"] is False
    assert log(home) == ["replaced"]
    found = ElementTree.parse(home / "cib").getroot()
    assert [each.get("id") for each in found.iterfind("crm_config/*")] == ["cib-bootstrap-options", "retailops"]
    assert len(found.findall("nodes/node")) == len(found.findall("resources")) == 1


def test_what_somebody_changed_is_brought_back(home: Path) -> None:
    run(home)
    text = (home / "cib").read_text()
    (home / "cib").write_text(
        text.replace('name="stonith-enabled" value="true"', 'name="stonith-enabled" value="false"')
    )
    assert run(home)["replaced"] == ["crm_config"]
    assert (home / "cib").read_text() == text


def test_a_check_changes_nothing(home: Path) -> None:
    assert run(home, check=True)["changed"] is True
    assert log(home) == []


def test_a_member_that_came_is_read_by_the_running_corosync(home: Path) -> None:
    (home / "members").write_text("10.8.0.1")
    assert run(home)["reloaded"] is True
    assert log(home) == ["reload -R", "replaced"]
    assert run(home)["changed"] is False


def test_without_a_majority_nothing_is_replaced(home: Path) -> None:
    (home / "quorum").write_text("false")
    assert run(home, patience=1)["msg"].startswith("the cluster has no majority after 1 s")
    assert log(home) == []
