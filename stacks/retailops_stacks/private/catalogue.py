"""The catalogue of the central services: what each runs, which file tells it how, and who may reach it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

DATA, CONFIG, SECRET = "/data", "/etc/retailops", "/etc/retailops-secret"


@dataclass(frozen=True)
class Facts:
    """What the files of services are made of; `hubs` maps a hub's name to its address, `domain` is the cluster's."""

    cloud: str
    hubs: Mapping[str, str]
    domain: str = "cluster.local"
    replicas: int = 1


Files = Callable[[Facts], dict[str, str]]


@dataclass(frozen=True)
class Kind:
    """One service. `ports` maps a port's name to its number, `open_ports` are those that stores and the centre may reach.

    `probe` is a path of the port `health` (or a TCP connection where it is empty), `password` says that it needs one, `user` runs it.
    """

    args: tuple[str, ...] = ()
    files: Files = lambda _facts: {}
    ports: Mapping[str, int] = field(default_factory=dict)
    open_ports: tuple[str, ...] = ()
    health: str = ""
    probe: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    password: bool = False
    user: int = 10001
    critical: bool = False
    scrapes: bool = False
    place_only: bool = False


def _nats(facts: Facts) -> dict[str, str]:
    peers = [f"nats-route://events-{n}.events.events.svc.{facts.domain}:6222" for n in range(facts.replicas)]
    lines = [
        "server_name: $POD_NAME",
        "listen: 0.0.0.0:4222",
        "http: 0.0.0.0:8222",
        "leafnodes { listen: 0.0.0.0:7422 }",
        # Always: an event that was acknowledged is on the disk, whatever happens to the host.
        f'jetstream {{ store_dir: "{DATA}", sync_interval: always }}',
    ]
    if facts.replicas > 1:
        lines.append(f"cluster {{ name: {facts.cloud}, listen: 0.0.0.0:6222, routes: {json.dumps(peers)} }}")
    return {"nats.conf": "\n".join(lines) + "\n"}


def _prometheus(facts: Facts) -> dict[str, str]:
    document = {
        "global": {"scrape_interval": "30s", "external_labels": {"cloud": facts.cloud}},
        "rule_files": [f"{CONFIG}/rules.yml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"alerts.alerts.svc.{facts.domain}:9093"]}]}]},
        "scrape_configs": [
            {"job_name": "prometheus", "static_configs": [{"targets": ["localhost:9090"]}]},
            {"job_name": "events", "static_configs": [{"targets": [f"events.events.svc.{facts.domain}:8222"]}]},
            {"job_name": "hubs", "static_configs": [{"targets": [f"{ip}:9100" for ip in facts.hubs.values()]}]},
        ],
    }
    rules = [
        {
            "alert": "TargetDown",
            "expr": "up == 0",
            "for": "5m",
            "labels": {"severity": "page"},
            "annotations": {"summary": "{{ $labels.job }} {{ $labels.instance }} does not answer"},
        },
        {
            "alert": "DiskNearlyFull",
            "expr": "kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes < 0.1",
            "for": "15m",
            "labels": {"severity": "page"},
            "annotations": {"summary": "{{ $labels.persistentvolumeclaim }} is nearly full"},
        },
    ]
    return {
        "prometheus.yml": json.dumps(document, indent=1),
        "rules.yml": json.dumps({"groups": [{"name": "platform", "rules": rules}]}, indent=1),
    }


def _alertmanager(_facts: Facts) -> dict[str, str]:
    document = {
        "route": {"receiver": "people", "group_by": ["alertname", "cloud"], "repeat_interval": "4h"},
        "receivers": [{"name": "people"}],
    }
    return {"alertmanager.yml": json.dumps(document, indent=1)}


def _registry(_facts: Facts) -> dict[str, str]:
    document = {
        "version": "0.1",
        "storage": {"filesystem": {"rootdirectory": DATA}, "delete": {"enabled": True}},
        "http": {"addr": ":5000", "headers": {"X-Content-Type-Options": ["nosniff"]}},
        "health": {"storagedriver": {"enabled": True}},
    }
    return {"config.yml": json.dumps(document, indent=1)}


def _controller(facts: Facts) -> dict[str, str]:
    return {"hubs.json": json.dumps(dict(facts.hubs), indent=1)}


CATALOGUE: Mapping[str, Kind] = {
    "sdwan": Kind(files=_controller, place_only=True),
    "mirror": Kind(
        args=("serve", f"{CONFIG}/config.yml"),
        files=_registry,
        ports={"http": 5000},
        open_ports=("http",),
        health="http",
        probe="/",
    ),
    "events": Kind(
        args=("-c", f"{CONFIG}/nats.conf"),
        files=_nats,
        ports={"client": 4222, "leaf": 7422, "cluster": 6222, "monitor": 8222},
        open_ports=("client", "leaf"),
        health="monitor",
        probe="/healthz",
        critical=True,
    ),
    "metrics": Kind(
        args=(
            f"--config.file={CONFIG}/prometheus.yml",
            f"--storage.tsdb.path={DATA}",
            "--storage.tsdb.retention.time=30d",
        ),
        files=_prometheus,
        ports={"http": 9090},
        health="http",
        probe="/-/ready",
        scrapes=True,
    ),
    "alerts": Kind(
        args=(f"--config.file={CONFIG}/alertmanager.yml", f"--storage.path={DATA}"),
        files=_alertmanager,
        ports={"http": 9093},
        health="http",
        probe="/-/ready",
    ),
    "backup": Kind(
        args=("rest-server", f"--path={DATA}", "--append-only", f"--htpasswd-file={SECRET}/password"),
        ports={"http": 8000},
        open_ports=("http",),
        health="http",
        password=True,
    ),
    "database": Kind(
        environment={"PGDATA": f"{DATA}/pgdata", "POSTGRES_PASSWORD_FILE": f"{SECRET}/password"},
        ports={"sql": 5432},
        health="sql",
        password=True,
        user=999,
        critical=True,
    ),
}
"""By id. `retailops.model.clouds.SERVICES` is the same list, and a test holds them together."""
