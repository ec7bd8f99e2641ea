"""`retailops lab`: real hosts on this computer."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from retailops.commands.app import App, pass_app
from retailops.commands.console import Console, confirm, output_option
from retailops.errors import RetailopsError, UsageError

id_option = click.option("--id", "lab_id", metavar="ID", help="Which lab (default: the fleet repository's own).")


@click.group()
def lab() -> None:
    """Real hosts with a real init on this computer, two providers, a store's devices.

    Everything lives in network namespaces that carry the lab's id; `down` leaves nothing.

    Example: retailops lab up && retailops lab status
    """


@lab.command()
@click.argument("stores", nargs=-1, metavar="[STORE]...")
@id_option
@click.option("--fresh", is_flag=True, help="Take the lab down first, with everything its hosts hold.")
@click.option("--yes", is_flag=True, help="Don't ask before --fresh destroys a lab.")
@click.option("--centre", is_flag=True, help="Also the centre's own cluster, on a machine beside hq.")
@click.option("--hci", is_flag=True, help="The fleet's hyperconverged hosts, and stores only where they are named.")
@output_option
@pass_app
def up(
    app: App,
    console: Console,
    stores: tuple[str, ...],
    lab_id: str | None,
    fresh: bool,
    yes: bool,
    centre: bool,
    hci: bool,
) -> None:
    """Bring the lab up with these stores (default: the fleet's first compact one).

    Builds what is missing, repairs what is broken, leaves alone what runs. The first time it makes the hosts' base
    image, a minute or two.

    Example: retailops lab up hz0001 hz0002
    """
    from retailops.lab import down as take_down
    from retailops.lab import hci_specs, specs
    from retailops.lab import up as bring_up
    from retailops.model import load_fleet

    fleet, name = load_fleet(app.root), _id(app, lab_id)
    wanted = () if hci and not stores else specs(fleet, stores)
    say = _timed(console)
    if fresh:
        if _known(name):
            confirm(console, f"Destroy lab {name} and everything its hosts hold?", yes=yes)
        take_down(name, say)
    topology = bring_up(name, app.root, wanted, say, (*hci_specs(fleet.hci), *hci_specs(fleet.recovery)) if hci else ())
    console.line(f"lab {name} is up; whatever acts on it runs in network namespace {topology.root}")
    cluster = _centre(app, name, say) if centre else None
    hosts = [host.name for host in topology.hosts]
    console.result({"id": name, "namespace": topology.root, "hosts": hosts, "kubeconfig": cluster})


@lab.command()
@output_option
@pass_app
def centre(app: App, console: Console) -> None:
    """Bring up the centre's own cluster in the fleet's lab, on a machine beside hq; the stores' hosts are left alone.

    `retailops cloud up private` then finds it by itself.

    Example: retailops lab up && retailops lab centre
    """
    name = _find(app, None).id
    console.result({"id": name, "kubeconfig": _centre(app, name, _timed(console))})


@lab.command()
@id_option
@click.option("--all", "everything", is_flag=True, help="List all labs of this user instead.")
@output_option
@pass_app
def status(app: App, console: Console, lab_id: str | None, everything: bool) -> None:
    """Show the hosts, devices and lines of the lab as they are now.

    Example: retailops lab status --output json
    """
    if everything:
        _list(console)
        return
    from retailops.lab.report import report

    now = report(_find(app, lab_id))
    console.result(asdict(now))
    console.line(f"lab {now.id}, network namespace {now.namespace}, supervisor {now.supervisor}")
    rows = ((h.name, h.system, h.address, h.leader or "", _ago(h.booted), _mib(h.memory)) for h in now.hosts)
    console.table(("host", "system", "address", "leader", "up", "memory"), rows)
    console.line()
    console.table(
        ("device", "zone", "lease"), ((d.name, d.zone, d.lease.get("address", "none yet")) for d in now.devices)
    )
    console.line()
    console.table(("line", "provider", "state"), ((line.name, line.isp, line.state) for line in now.lines))


@lab.command()
@click.argument("line", metavar="STORE/UPLINK")
@click.option(
    "--direction",
    type=click.Choice(["both", "in", "out"]),
    default="both",
    show_default=True,
    help="As the store sees it.",
)
@id_option
@pass_app
def cut(app: App, line: str, direction: Any, lab_id: str | None) -> None:
    """Cut a line at its provider; no interface of the store goes down.

    Example: retailops lab cut hz0001/a
    """
    _find(app, lab_id).lines.cut(*_line(line), direction)
    click.echo(f"{line} is cut ({direction})")


@lab.command()
@click.argument("line", metavar="STORE/UPLINK")
@id_option
@pass_app
def heal(app: App, line: str, lab_id: str | None) -> None:
    """Undo a cut.

    Example: retailops lab heal hz0001/a
    """
    _find(app, lab_id).lines.heal(*_line(line))
    click.echo(f"{line} is up")


@lab.command(context_settings={"ignore_unknown_options": True})
@click.argument("machine")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@id_option
@pass_app
def shell(app: App, machine: str, command: tuple[str, ...], lab_id: str | None) -> None:
    """Open a shell on a host or device, or run one command there; `controller` is where the tool acts from.

    Example: retailops lab shell hz0001-gw1 -- ip -br addr
    """
    argv = _find(app, lab_id).command(machine, list(command) or ["bash", "-i"])
    if not shutil.which(argv[0]):
        raise RetailopsError(f"{argv[0]} is not on the PATH", resolution="apt-get install util-linux")
    os.execvp(argv[0], argv)


@lab.command()
@id_option
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_app
def down(app: App, lab_id: str | None, yes: bool) -> None:
    """Take the lab down: no process, mount, bridge, namespace or rule of it stays.

    Works on a half-built or half-killed lab, and twice.

    Example: retailops lab down --yes
    """
    from retailops.lab import down as take_down

    name, console = _id(app, lab_id), Console(as_json=False)
    if _known(name):
        confirm(console, f"Destroy lab {name} and everything its hosts hold?", yes=yes)
    if not take_down(name, console.line):
        console.line(f"there is no lab {name}: nothing to do")


@lab.command()
@click.option("--quiet", is_flag=True, help="Say only what was built and what failed.")
@output_option
def build(console: Console, quiet: bool) -> None:
    """Build what the lab needs beforehand: base image, cluster binary and till image, side by side.

    Everything is kept by the digest of what it is made from; a second call does nothing.

    Example: retailops lab build
    """
    from retailops.commands.board import Board
    from retailops.lab.builds import build_all

    with Board(console, quiet=quiet) as board:
        built = build_all(board)
    console.result({name: str(path) for name, path in built.items()})
    for name, path in built.items():
        console.line(f"{name}: {path}")


@lab.command()
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@output_option
def image(console: Console, file: Path) -> None:
    """Write the image of a tiny machine for the hyperconverged hosts, which boots by emulation in a few seconds, and its digest.

    It answers pings at its address and says on its console who it is.

    Example: retailops lab image images/tiny.raw
    """
    import hashlib

    from retailops.lab import tiny_machine

    made = tiny_machine.build(_timed(console))
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made, file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    console.line(f"{{id: tiny, file: {file}, sha256: {digest}}}")
    console.result({"file": str(file), "sha256": digest})


def _centre(app: App, lab_id: str, say: Callable[[str], None]) -> str:
    """The centre's cluster, Ready; where its kubeconfig is. The ports act on the fleet repository's own lab."""
    from retailops.cloud import centre
    from retailops.model import load_chain

    if lab_id != _find(app, None).id or app.ports.cloud is None:
        raise UsageError(f"lab {lab_id} is not this fleet's own", resolution="Drop --id.")
    if not app.ports.cloud.images:
        say("its services have no images yet, and will wait for them: retailops lab build")
    path = centre.up(app.ports.cloud, app.root / load_chain(app.root).state.path, say)
    say(f"the centre's cluster is Ready: {path}")
    return str(path)


def _id(app: App, lab_id: str | None) -> str:
    from retailops.lab.record import check_id, default_id

    return check_id(lab_id) if lab_id else default_id(app.root)


def _known(name: str) -> bool:
    from retailops.lab.record import folder

    return folder(name).exists()


def _find(app: App, lab_id: str | None) -> Any:
    from retailops.lab import Lab

    return Lab.find(_id(app, lab_id)) if lab_id else Lab.of_fleet(app.root)


def _line(text: str) -> tuple[str, str]:
    store, slash, uplink = text.partition("/")
    if not (store and slash and uplink):
        raise UsageError(f"{text!r} is not a line", resolution="Name it as STORE/UPLINK, for example hz0001/a.")
    return store, uplink


def _list(console: Console) -> None:
    from retailops.lab.record import every

    labs = every()
    console.result(
        [{"id": each.id, "fleet": each.fleet, "stores": [store.id for store in each.stores]} for each in labs]
    )
    rows = ((each.id, ", ".join(store.id for store in each.stores), each.fleet) for each in labs)
    console.table(("lab", "stores", "fleet"), rows)


def _timed(console: Console) -> Callable[[str], None]:
    begun = time.monotonic()
    return lambda text: console.line(f"{time.monotonic() - begun:6.1f} s  {text}")


def _ago(booted: float | None) -> str:
    return f"{time.time() - booted:.0f} s" if booted else ""


def _mib(memory: int | None) -> str:
    return f"{memory / 2**20:.0f} MiB" if memory else ""
