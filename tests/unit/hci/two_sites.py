"""Two sites in memory that obey Ceph's rules of mirrored volumes, behind the port that asks hosts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from fleets import hci

from retailops.errors import Unreachable
from retailops.hci.mirror.pair import Pair
from retailops.hci.standing import Standing
from retailops.ports import Host, Reading
from retailops.render.hci import Other

NOW = 1_000_000.0
PREFIXES = {"management": "10.9.8.0/22", "storage": "10.9.0.0/22", "cluster": "10.9.4.0/22"}


def volume(name: str, primary: bool, **more: Any) -> dict[str, Any]:
    copy = {"state": "stopped", "said": "local image is primary", "point": None}
    if not primary:
        copy = {"state": "replaying", "said": "replaying", "point": int(NOW) - 60}
    return {"name": name, "mirrored": True, "primary": primary, "up": True, "clients": [], **copy, **more}


def state(site: str, *volumes: dict[str, Any], **more: Any) -> dict[str, Any]:
    peers = ["recovery" if site == "main" else "main"]
    pool = {"peers": peers, "schedule": ["3m"], "volumes": list(volumes)}
    return {"made": True, "site": site, "copiers": ["one", "two"], "pools": {"machines": pool}, **more}


@dataclass
class TwoSites:
    """`silent` sites don't answer; `link` is whether snapshots come over; `log` has each command as `site: words`."""

    sites: dict[str, dict[str, Any]]
    silent: set[str] = field(default_factory=set)
    link: bool = True
    log: list[str] = field(default_factory=list)
    stubborn: set[str] = field(default_factory=set)
    passed: float = 0.0

    def read(self, host: Host, reading: Reading) -> dict[str, Any]:
        site = "recovery" if host.name.startswith("v") else "main"
        if site in self.silent:
            raise Unreachable(f"{host.name} does not answer")
        if reading.name == "mirror_state":
            return self.sites[site]
        words = list(cast("list[str]", reading.args["argv"]))[6:]
        return self.rbd(site, words)

    def rbd(self, site: str, words: list[str]) -> dict[str, Any]:
        self.log.append(f"{site}: {' '.join(words)}")
        name = words[-1].partition("/")[2]
        mine, theirs = self.find(site, name), self.find("recovery" if site == "main" else "main", name)
        act = words[2]
        if name in self.stubborn or (act == "promote" and "--force" not in words and not self.may(mine, theirs)):
            return {"code": 16, "stdout": "", "stderr": "rbd: error"}
        if act == "promote":
            mine.update(volume(name, primary=True))
        elif act == "demote":
            split = theirs["primary"]
            mine.update(volume(name, primary=False, **({"state": "error", "said": "split-brain"} if split else {})))
        else:
            mine.update(volume(name, primary=False))
        return {"code": 0, "stdout": "", "stderr": ""}

    def may(self, mine: dict[str, Any], theirs: dict[str, Any]) -> bool:
        return self.link and not theirs["primary"] and mine["said"] != "split-brain"

    def find(self, site: str, name: str) -> dict[str, Any]:
        return next(each for each in self.sites[site]["pools"]["machines"]["volumes"] if each["name"] == name)

    def now(self) -> datetime:
        return datetime.fromtimestamp(NOW + self.passed, UTC)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds

    @property
    def pair(self) -> Pair:
        main, recovery = hci({"r1": 1, "r2": 1, "r3": 1}), hci({"q1": 1, "q2": 1, "q3": 1}, prefixes=PREFIXES)
        recovery = recovery.model_copy(
            update={"hosts": tuple(h.model_copy(update={"id": f"v{h.number}"}) for h in recovery.hosts)}
        )
        names = [host.id for host in (*main.hosts, *recovery.hosts)]
        ground = SimpleNamespace(hosts=lambda: {name: Host(name, "hci", name, None) for name in names})
        ports = cast(Any, SimpleNamespace(prober=self, clock=self, ground=ground, world="memory"))
        return Pair(
            {
                "main": Standing(main, "hz", ports, Other(recovery.prefixes["storage"], ())),
                "recovery": Standing(recovery, "recovery.hz", ports, Other(main.prefixes["storage"], ())),
            },
            3,
        )


def whole(*names: str) -> TwoSites:
    """Volumes written at main, each followed at recovery."""
    return TwoSites(
        {
            "main": state("main", *(volume(name, primary=True) for name in names)),
            "recovery": state("recovery", *(volume(name, primary=False) for name in names)),
        }
    )
