"""Where objects lie and how their placement groups are: `{monitor, pool, objects: [name]}` -> `{objects: [{group, acting: [osd]}],
groups: {group: {state, deep_scrub: when it was read in full last, errors, repaired: objects mended since ever}}}`.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def ask(cluster: Any, **words: str) -> Any:
    kind = cluster.mgr_command if words["prefix"].startswith("pg ") else cluster.mon_command
    code, said, why = kind(json.dumps({**words, "format": "json"}), b"", timeout=30)
    if code:
        sys.exit(f"{words['prefix']}: {why or code}")
    return json.loads(said)


def main(args: dict[str, Any]) -> dict[str, Any]:
    import rados  # type: ignore[import-not-found]

    ring = f"/var/lib/ceph/mon/ceph-{args['monitor']}/keyring"
    options = {"keyring": ring, "client_mount_timeout": "30"}
    cluster = rados.Rados(name="mon.", conffile="/etc/ceph/ceph.conf", conf=options)
    cluster.connect()
    maps = [ask(cluster, prefix="osd map", pool=args["pool"], object=name) for name in args["objects"]]
    wanted = {each["pgid"] for each in maps}
    stats = [each for each in ask(cluster, prefix="pg ls")["pg_stats"] if each["pgid"] in wanted]
    cluster.shutdown()
    return {
        "objects": [{"group": each["pgid"], "acting": each["acting"]} for each in maps],
        "groups": {
            each["pgid"]: {
                "state": each["state"],
                "deep_scrub": each["last_deep_scrub_stamp"],
                "errors": each["stat_sum"]["num_scrub_errors"],
                "repaired": each["stat_sum"]["num_objects_repaired"],
            }
            for each in stats
        },
    }


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
