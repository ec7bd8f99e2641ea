"""Time on hyperconverged hosts: monitors that disagree by more than a twentieth of a second make Ceph complain, then fail."""

from __future__ import annotations

from retailops.model.hosts import Hci, Host
from retailops.ports import RenderedFile
from retailops.render.hci import address
from retailops.render.text import rendered

CHRONY = "/etc/chrony/chrony.conf"


def time_files(hci: Hci, host: Host) -> dict[str, RenderedFile]:
    """chrony's, by path; whether it may set the clock is decided where it runs."""
    conf = rendered(
        "hci/chrony.conf.j2",
        host=host.id,
        servers=hci.time_servers,
        peers=[address(hci, each) for each in hci.with_role("monitor") if each.id != host.id],
        monitor="monitor" in host.roles,
        storage=hci.prefixes["storage"],
    )
    return {
        CHRONY: conf,
        "/usr/local/lib/retailops/chronyd": rendered("wan/chronyd.j2", "0755"),
        "/etc/systemd/system/chrony.service.d/retailops.conf": rendered("wan/chrony.service.conf.j2"),
    }
