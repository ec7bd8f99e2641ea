"""`retailops store new`, `list`, `show` and `import`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from retailops.model import load_fleet

NEW = [
    "store",
    "new",
    "nb0001",
    "--region",
    "east",
    "--format",
    "compact",
    "--name",
    "宁波天一店",
    "--opens",
    "2027-03-01",
]
MAPPING = """
apiVersion: retailops/v1
kind: Import
columns: {id: id, name: name, region: region, format: format, opens: opens}
defaults:
  timezone: Asia/Shanghai
  hours: daily 08:00-22:00
  uplinks[0].id: a
  uplinks[0].kind: fibre
  uplinks[0].carrier: tianyi
  uplinks[0].plane: A
  uplinks[1].id: b
  uplinks[1].kind: cable
  uplinks[1].carrier: shixun
  uplinks[1].plane: B
"""
TABLE = "id,name,region,format,opens\nnb0001,一店,east,compact,2027-03-01\nnb0002,二店,east,compact,2027-03-02\n"


def files(chain: Path) -> dict[str, bytes]:
    return {str(path.relative_to(chain)): path.read_bytes() for path in chain.rglob("*") if path.is_file()}


def test_new_writes_one_file_that_check_takes(run: Any, chain: Path) -> None:
    before = files(chain)
    done = run(*NEW)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "stores/east/nb0001.yaml is written: index 0. Look at it: retailops store show nb0001\n"
    assert files(chain).keys() - before.keys() == {"stores/east/nb0001.yaml"}
    store = load_fleet(chain).stores["nb0001"]
    assert (store.index, store.generation, store.timezone, str(store.name)) == (0, 1, "Asia/Shanghai", "宁波天一店")
    assert [(line.id, line.carrier, line.plane) for line in store.uplinks] == [
        ("a", "tianyi", "A"),
        ("b", "shixun", "B"),
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (["nb0001", "../x"], "id: '../x' is no id"),
        (["nb0001", "hz0001"], "store hz0001 is there already"),
        (["east", "eest"], "no region 'eest' in fleet.yaml; did you mean west?"),
        (["compact", "kompact"], "format: no format kompact; did you mean compact?"),
        (["宁波天一店", "a\nb"], "name: character 2 is U+000A, which can't be printed"),
        (["宁波天一店", " "], "name: is empty"),
        (["2027-03-01", "soon"], "Invalid value for '--opens'"),
    ],
)
def test_new_refuses_and_writes_nothing(run: Any, chain: Path, change: list[str], fault: str) -> None:
    before = files(chain)
    done = run(*(change[1] if word == change[0] else word for word in NEW))
    assert done.exit_code == 2
    assert fault in done.stderr
    assert files(chain) == before


def test_new_takes_lines_hours_and_names_as_data(run: Any, chain: Path) -> None:
    name = "{{ lookup('pipe','touch /tmp/x') }} $(reboot) 🏪"
    words = [name if word == "宁波天一店" else word for word in NEW]
    more = [
        "--uplink",
        "x:5g:yidong:C",
        "--uplink",
        "y:leased:tianyi:A",
        "--hours",
        "mon-fri 09:00-21:00",
        "-o",
        "json",
    ]
    done = run(*words, *more, "--name-en", "N", "--timezone", "Asia/Urumqi")
    assert json.loads(done.stdout) == {"id": "nb0001", "path": "stores/east/nb0001.yaml", "index": 0}
    store = load_fleet(chain).stores["nb0001"]
    assert (store.name.zh, store.name.en, store.timezone) == (name, "N", "Asia/Urumqi")
    assert [(line.id, line.kind, line.carrier, line.plane) for line in store.uplinks] == [
        ("x", "5g", "yidong", "C"),
        ("y", "leased", "tianyi", "A"),
    ]
    assert store.hours == ("mon-fri 09:00-21:00",)


def test_new_at_the_same_time_gives_different_indices(chain: Path) -> None:
    words = [sys.executable, "-m", "retailops", "--fleet", str(chain), *NEW]
    running = [
        subprocess.Popen([f"nb{n:04d}" if word == "nb0001" else word for word in words], stdout=subprocess.DEVNULL)
        for n in range(1, 5)
    ]
    assert [process.wait() for process in running] == [0, 0, 0, 0]
    fleet = load_fleet(chain)
    assert sorted(fleet.stores[f"nb{n:04d}"].index for n in range(1, 5)) == [0, 2, 3, 4]


def test_new_in_a_full_region(run: Any, chain: Path) -> None:
    fleet = chain / "fleet.yaml"
    text = fleet.read_text("utf-8").replace("blocks: [0, 1, 2]", "blocks: [0]")
    fleet.write_text(text, "utf-8")
    one = (chain / "stores/east/hz0001.yaml").read_text("utf-8").split("devices")[0]
    for index in (0, *range(2, 1024)):
        name = f"x{index:04d}"
        (chain / f"stores/east/{name}.yaml").write_text(
            one.replace("hz0001", name).replace("index: 1\n", f"index: {index}\n"), "utf-8"
        )
    done = run(*NEW)
    assert (done.exit_code, done.stderr) == (
        1,
        "Error: no index of east is free\nWhat to do: Give the region another block in fleet.yaml.\n",
    )


def test_list_with_filters(run: Any) -> None:
    done = run("store", "list", "--region", "east")
    assert done.stdout == (
        "ID      NAME                                 REGION  INDEX  FORMAT   OPENS       UPLINKS  NUMBERS\n"
        "hz0001  杭州文三路店 / Hangzhou Wensan Road  east    1      compact  2026-12-01  a,b      10.64.4.0/22\n"
    )
    assert [store["id"] for store in json.loads(run("store", "list", "--format", "kiosk", "-o", "json").stdout)] == [
        "cd0001"
    ]
    wrong = run("store", "list", "--region", "eest")
    assert (wrong.exit_code, wrong.stderr) == (2, "Error: no region 'eest' in this chain; did you mean west?\n")


def test_list_leaves_out_the_retired(run: Any, chain: Path) -> None:
    path = chain / "stores/east/hz0001.yaml"
    path.write_text(path.read_text("utf-8") + "retired: 2026-11-01\n", "utf-8")
    assert "hz0001" not in run("store", "list").stdout
    assert "hz0001" in run("store", "list", "--retired").stdout


def test_show_has_every_address(run: Any) -> None:
    text = run("store", "show", "hz0001").stdout
    for line in (
        "compact in east, index 1, generation 1, AS 4210000001",
        "pos     10.64.4.0/25    10.64.4.1    10.64.4.64 - 10.64.4.126",
        "hz0001-edge1  server   10.64.5.10  edge",
        "B2      b       gw1  172.27.0.1  east/hub2  172.27.255.0",
        "hz0001-cam1  camera  iot   02:00:5e:00:01:c8  10.64.6.10",
    ):
        assert line in text.splitlines()
    document = json.loads(run("store", "show", "hz0001", "-o", "json").stdout)
    assert document["zones"]["edge"]["gateway"] == "10.64.5.1"
    missing = run("store", "show", "hz0002")
    assert (missing.exit_code, "did you mean hz0001?" in missing.stderr) == (3, True)


def write_table(chain: Path, text: str = TABLE) -> list[str]:
    (chain / "t.csv").write_text(text, "utf-8")
    (chain / "m.yaml").write_text(MAPPING, "utf-8")
    return ["store", "import", str(chain / "t.csv"), "--mapping", str(chain / "m.yaml")]


def test_import_adds_all_and_again_none(run: Any, chain: Path) -> None:
    words = write_table(chain)
    before = files(chain)
    dry = run(*words, "--dry-run")
    assert dry.stdout.splitlines()[-1] == "2 new, 0 there already."
    assert files(chain) == before
    assert run(*words).stdout == (
        "added nb0001 in east, index 0, compact\nadded nb0002 in east, index 2, compact\n2 new, 0 there already.\n"
    )
    after = files(chain)
    assert json.loads(run(*words, "-o", "json").stdout) == {
        "dryRun": False,
        "new": [],
        "unchanged": ["nb0001", "nb0002"],
    }
    assert files(chain) == after
    assert run("check").exit_code == 0


def test_import_with_one_bad_row_writes_nothing(run: Any, chain: Path) -> None:
    words = write_table(chain, TABLE + "../x,\x07,eest,compact,never\n")
    before = files(chain)
    done = run(*words)
    assert done.exit_code == 3
    assert done.stderr.splitlines() == [
        f"Error: 4 faults in {chain / 't.csv'}; nothing was written",
        "t.csv:4:1: id: '../x' is no id: small letters, digits and single dashes, beginning with a letter",
        "t.csv:4:2: name: character 1 is U+0007, which can't be printed",
        "t.csv:4:3: region: no region eest in fleet.yaml; did you mean west?",
        "t.csv:4:5: opens: 'never' is no date (2027-03-01)",
        "What to do: The place is row and column. Mend the table or the mapping and repeat the command.",
    ]
    assert files(chain) == before
