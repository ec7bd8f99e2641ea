"""The drills that look for themselves, on a cluster of memory: what they find, and that nothing is left behind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from clock_of_memory import Clock
from fleets import hci

from retailops.errors import ToolError, UsageError
from retailops.hci.drills import balance, bitrot, grow, nearly_full
from retailops.hci.drills.drill import Stage
from retailops.hci.drills.mending import mend
from retailops.hci.drills.ran import Ran
from retailops.hci.standing import Standing
from retailops.ports import Host, Reading
from retailops.render.hci import osd_id

HOSTS = hci({"r1": 1, "r2": 1, "r3": 2}, disks=1)
GIB = 1 << 30


class Cluster:
    """A cluster as probes see it: disks fill when a volume is there, a rotten copy is found by a scrub, the balancer balances."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.volume = 0
        self.ratios = {"nearfull": 0.85, "backfillfull": 0.9, "full": 0.95}
        self.rotten: list[tuple[str, str, bytes]] = []
        self.scrubs = 0
        self.errors = self.repaired = 0
        self.astray = 1
        self.mute = False

    def rot(self, host: str, serial: str, head: bytes) -> None:
        self.rotten.append((host, serial, head))

    def join(self) -> None:
        self.log.append("join")

    def replug(self, rack: str) -> None:
        self.log.append(f"replug {rack}")

    def power_on(self, host: str) -> None:
        self.log.append(f"power on {host}")

    def read(self, _host: Host, reading: Reading) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(self, reading.name)(**reading.args)
        return answer

    def volume_data(self, do: str, objects: int, **_rest: Any) -> dict[str, Any]:
        self.log.append(f"{do} volume")
        if do == "read":
            self.repaired += bool(self.rotten)
            return {"different": []}
        self.volume = objects
        return {"objects": [{"name": f"o{n}", "head": f"{n:064x}"} for n in range(objects)]}

    def placement(self, objects: list[str], **_rest: Any) -> dict[str, Any]:
        acting = [[1, 0, 2], [2, 1, 3], [0, 1, 2]]
        places = [{"group": f"2.{int(name[1:]) % 3}", "acting": acting[int(name[1:]) % 3]} for name in objects]
        group = {"deep_scrub": self.scrubs, "errors": self.errors, "repaired": self.repaired}
        return {"objects": places, "groups": {place["group"]: group for place in places}}

    def ceph_state(self, **_rest: Any) -> dict[str, Any]:
        used = 2 * GIB + self.volume * (4 << 20)
        share = used / (12 * GIB)
        checks = {f"OSD_{name.upper()}": name for name in ("nearfull", "full") if share > self.ratios[name]}
        if "OSD_FULL" in checks:
            checks.pop("OSD_NEARFULL")
        osds = [
            {
                "id": n,
                "uuid": str(osd_id("lanxing", next(iter(host.disks.values())))),
                "host": host.id,
                "rack": host.rack,
                "weight": 1000 / 1024,
                "up": True,
                "in": True,
                "used": used,
                "size": 12 * GIB,
                "groups": 8 + (self.astray if n == 3 else -self.astray if n == 2 else 0),
            }
            for n, host in enumerate(HOSTS.hosts)
        ]
        groups = {"total": 8, "clean": 8}
        pools = {"machines": {"size": 3}}
        return {
            "made": True,
            "version": "ceph version 16.2.15",
            "checks": {} if self.mute else checks,
            "osds": osds,
            "groups": groups,
            "ratios": dict(self.ratios),
            "pools": pools,
            "moved": ["2.5", "2.7"],
        }

    def command(self, argv: list[str], **_rest: Any) -> dict[str, Any]:
        words = argv[argv.index("20") + 1 :]
        self.log.append(" ".join(words))
        match words:
            case ["osd", name, ratio] if name.startswith("set-"):
                self.ratios[name.split("-")[1]] = float(ratio)
            case ["pg", "deep-scrub", _]:
                self.scrubs += 1
                self.errors = int(any(head == bytes.fromhex(f"{0:064x}") for _, _, head in self.rotten))
            case ["pg", "repair", _]:
                self.scrubs, self.errors, self.rotten = self.scrubs + 1, 0, []
            case ["balancer", "off"]:
                self.astray = 4
            case ["balancer", "on"]:
                self.astray = 1
        return {"code": 0, "stdout": "", "stderr": ""}


def staged(cluster: Cluster, victim: int = 0) -> Stage:
    hosts = {host.id: Host(host.id, "hci", f"198.18.0.{n}") for n, host in enumerate(HOSTS.hosts)}
    ground = SimpleNamespace(hosts=lambda: hosts, stands_in=())
    ports = SimpleNamespace(world="lab", prober=cluster, faults=cluster, clock=Clock(), ground=ground)
    standing = Standing(HOSTS, "lanxing", cast(Any, ports))
    victims = HOSTS.hosts
    lines = cluster.log.append
    return Stage(
        standing, hosts, cast(Any, cluster), standing.state(), victims[victim], victims[1], lambda _line: lines("…")
    )


def test_what_a_killed_drill_left_is_taken_back() -> None:
    cluster = Cluster()
    cluster.ratios["full"], cluster.astray = 0.2, 4
    for _ in range(2):
        cluster.log.clear()
        mend(staged(cluster).standing, cluster.log.append)
        assert [line for line in cluster.log if not line.startswith("osd set-")] == [
            "join",
            "replug r1",
            "replug r2",
            "replug r3",
            *(f"power on {host.id}" for host in HOSTS.hosts),
            "every rack is plugged in, every host has power",
            "balancer on",
        ]
        assert (cluster.ratios["full"], cluster.astray) == (0.95, 1)


def figures(stage: Stage) -> dict[str, float]:
    return {figure.name: figure.value for figure in stage.figures}


def test_a_byte_turns_on_a_copy_that_is_read_and_on_one_that_is_not() -> None:
    cluster = Cluster()
    stage = staged(cluster)
    with bitrot.rotten(stage):
        assert [(host, serial) for host, serial, _ in cluster.rotten] == [("h01", "S0011")] * 2
        assert [int(head.hex(), 16) for _, _, head in cluster.rotten] == [2, 0]
    assert figures(stage) == {
        "objects that read otherwise": 0,
        "objects mended by being read": 1,
        "wrong copies found by a scrub": 1,
        "wrong copies after repair": 0,
    }
    assert not any(figure.wrong for figure in stage.figures)
    assert cluster.log[-1] == "remove volume"


def test_a_scrub_that_finds_nothing_is_said() -> None:
    cluster = Cluster()
    stage = staged(cluster)
    with bitrot.rotten(stage):
        cluster.rotten.clear()
    assert [figure.wrong for figure in stage.figures if figure.wrong] == [
        "wrong copies found by a scrub: 0; 1 are wanted",
        "objects mended by being read: 0; 1 are wanted",
    ]


def test_a_scrub_that_never_ends_leaves_no_volume() -> None:
    cluster = Cluster()
    cluster.command = lambda **_rest: {"code": 0, "stdout": "", "stderr": ""}  # type: ignore[assignment, method-assign]
    with pytest.raises(ToolError, match=r"deep-scrub of 2\.0 did not end in 240 s"), bitrot.rotten(staged(cluster)):
        pass
    assert cluster.log[-1] == "remove volume"


def test_full_disks_are_said_before_writes_stop_and_deleting_makes_room() -> None:
    cluster = Cluster()
    stage = staged(cluster)
    with nearly_full.full(stage):
        assert cluster.ceph_state()["checks"] == {"OSD_FULL": "full"}
    assert cluster.ratios == {"nearfull": 0.85, "backfillfull": 0.9, "full": 0.95}
    assert figures(stage) == {"from deleting to room again": 0.0}
    removed = cluster.log.index("remove volume")
    assert "osd set-full-ratio 0.9500" in cluster.log[removed:]


def test_ratios_are_as_before_though_nobody_says_that_it_is_full() -> None:
    cluster = Cluster()
    cluster.mute = True
    with pytest.raises(ToolError, match="OSD_NEARFULL is not said"), nearly_full.full(staged(cluster)):
        pass
    assert (cluster.ratios["full"], cluster.volume) == (0.95, 0)


@pytest.mark.parametrize(
    ("flow", "lines"),
    [
        ({}, []),
        ({"failed": 2}, ["2 writes failed"]),
        ({"lost": 1}, ["1 acknowledged writes are lost"]),
        ({"spans": [{}, {"worst": 0.1}, {}]}, ["writes never stopped, though the disks were full"]),
    ],
)
def test_writes_wait_while_there_is_no_room(flow: dict[str, Any], lines: list[str]) -> None:
    said = {"failed": 0, "lost": 0, "wrong": 0, "worst": 15.0, "spans": [{}, {"worst": 15.0}, {}], **flow}
    ran = Ran("nearly-full", "", "h01", "r1", 5.0, 20.0, 0.0, None, "Ceph 16.2.15", said)
    assert list(nearly_full.judged(ran)) == lines


def test_groups_go_where_chance_put_them_and_the_balancer_is_on_again() -> None:
    cluster = Cluster()
    stage = staged(cluster)
    balance.unbalanced(stage)
    with balance.balancing(stage):
        pass
    assert [line for line in cluster.log if "osd" in line or "balancer" in line] == [
        "balancer off",
        "osd rm-pg-upmap-items 2.5",
        "osd rm-pg-upmap-items 2.7",
        "balancer on",
        "balancer on",
    ]
    assert figures(stage)["groups off a disk's share before"] == 4.0
    assert figures(stage)["groups off a disk's share after"] == 1.0


def test_a_host_comes_in_that_can_be_spared() -> None:
    victim, writer = grow.newcomer(HOSTS, None)
    assert (victim.id, victim.rack, writer.rack) == ("h04", "r3", "r1")


def test_where_none_can_be_spared_it_says_so() -> None:
    with pytest.raises(UsageError, match="no host can come in"):
        grow.newcomer(HOSTS, "r1")


def test_p99_is_held_against_that_before() -> None:
    flow = {"spans": [{"written": 900, "p99": 0.010}, {"p99": 0.020}, {"p99": 0.025}, {"p99": 0.010}]}
    found = list(grow.slower(staged(Cluster()), flow))
    assert [figure.wrong for figure in found if figure.wrong] == [
        "p99 while copies moved, times that before: 2.5 ×; 2 × are allowed"
    ]


def test_without_writes_before_nothing_is_compared() -> None:
    with pytest.raises(ToolError, match="nothing was written before"):
        list(grow.slower(staged(Cluster()), {"spans": [{"written": 0, "p99": 0.0}, {"p99": 0.025}, {}, {}]}))
