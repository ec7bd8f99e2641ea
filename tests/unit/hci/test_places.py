"""Hosts that moved to another rack: emptied, moved and filled again."""

from __future__ import annotations

from typing import Any

from cluster_of_memory import Cluster, quiet, standing
from fleets import hci

from retailops.hci.changes.places import Move, move, moves

RACKS = {"r1": 2, "r2": 2, "r3": 2, "r4": 2}
HOSTS = hci(RACKS, disks=1)


class Placed(Cluster):
    """Hosts stand in room a, those in `elsewhere` in another (room, rack); a move is kept."""

    def __init__(self, elsewhere: dict[str, tuple[str, str]], stored: int = 1 << 30, **more: Any) -> None:
        super().__init__(HOSTS, **more)
        self.stored = stored
        for osd in self.osds:
            osd["room"], osd["rack"] = elsewhere.get(osd["host"], ("a", osd["rack"]))

    def _state(self) -> dict[str, Any]:
        return {**super()._state(), "pools": {"machines": {"stored": self.stored}}}

    def _do(self, words: list[str]) -> str:
        if words[:3] == ["osd", "crush", "move"]:
            place = dict(word.split("=") for word in words[4:])
            for osd in self.osds:
                if words[3] in (osd["host"], osd["rack"]):
                    osd.update({kind: name for kind, name in place.items() if kind in ("room", "rack")})
        return super()._do(words)


def test_a_host_that_moved_is_emptied_step_by_step_moved_and_filled_again() -> None:
    cluster = Placed({"h03": ("a", "r4")})
    moved = move(standing(HOSTS, cluster), quiet)
    assert moved == (Move("h03", ("a", "r4"), ("a", "r2")),)
    at = cluster.commands.index("osd crush move h03 root=default room=a rack=r2")
    assert at > 1
    assert cluster.commands[at - 1] == "osd crush reweight osd.2 0.0000"
    assert cluster.commands[-1] == "osd crush reweight osd.2 0.9766"
    assert moves(HOSTS, cluster._state()) == ()


def test_nothing_moves_where_all_stand_right() -> None:
    cluster = Placed({})
    assert (move(standing(HOSTS, cluster), quiet), cluster.commands) == ((), [])


def test_a_host_whose_copies_have_no_other_place_is_moved_with_them() -> None:
    cluster = Placed({"h03": ("a", "r4")}, stored=1 << 50)
    said: list[str] = []
    move(standing(HOSTS, cluster), said.append)
    assert cluster.commands == ["osd crush move h03 root=default room=a rack=r2"]
    assert said[-1] == "without h03 the copies have no place; they are moved with them"


def test_a_rack_in_another_room_moves_as_one_once_its_hosts_are_empty() -> None:
    cluster = Placed({"h03": ("b", "r2"), "h04": ("b", "r2")})
    move(standing(HOSTS, cluster), quiet)
    at = cluster.commands.index("osd crush move r2 root=default room=a")
    assert sum("crush move" in command for command in cluster.commands) == 1
    assert {"osd crush reweight osd.2 0.0000", "osd crush reweight osd.3 0.0000"} <= set(cluster.commands[:at])
