"""A machine's image that is as small as one can be: a kernel of the distribution, a shell, and an init that says who it is."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from retailops import assets
from retailops.errors import ToolError
from retailops.lab import base, layer

PACKAGES = ("linux-image-cloud-amd64", "syslinux", "mtools", "cpio")
MIB = 40

# Reads its seed as cloud-init would, of which it knows the name and one address; counts its starts on its own disk, so that a start
# elsewhere shows whether the disk came along; answers pings; writes a line a second, so that a gap in them can be seen.
_INIT = r"""#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /seed
/bin/busybox mount -t proc proc /proc; /bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s /bin
export PATH=/bin
mount -t sysfs sysfs /sys
exec </dev/console >/dev/console 2>&1
for module in $(cat /modules/order); do insmod /modules/$module; done
for n in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/vdb ] && break; sleep 0.2; done
mount -t iso9660 -o ro /dev/vdb /seed || echo "tiny: no seed"
name=$(sed -n 's/^local-hostname: //p' /seed/meta-data)
address=$(sed -n 's/^ *- \([0-9.]*\/[0-9]*\)$/\1/p' /seed/network-config)
hostname "$name"
ip link set lo up; ip link set eth0 up; ip addr add "$address" dev eth0
place=$(($(cat /sys/block/vda/size) - 8))
count=$(dd if=/dev/vda bs=512 skip=$place count=1 2>/dev/null | tr -dc 0-9)
count=$((${count:-0} + 1))
printf '%-512s' $count | dd of=/dev/vda bs=512 seek=$place count=1 conv=fsync 2>/dev/null
echo "tiny: $name $address, start $count, disk of $(($(cat /sys/block/vda/size) / 2048)) MiB"
trap 'echo "tiny: $name goes"; sync; poweroff -f' TERM USR1 USR2
second=0
while :; do
    second=$((second + 1))
    printf '%-512s' $second | dd of=/dev/vda bs=512 seek=$((place + 1)) count=1 conv=fsync 2>/dev/null && echo "tiny: $name second $second"
    sleep 1
done
"""

_MODULES = "virtio_pci virtio_blk virtio_net isofs"

_START = "DEFAULT tiny\nPROMPT 0\nLABEL tiny\nLINUX /vmlinuz\nINITRD /initrd\nAPPEND console=ttyS0,115200 quiet\n"

_BUILD = """
set -e
mount -t overlay -o "lowerdir=$LAYER:$BASE,upperdir=$WORK/upper,workdir=$WORK/work" overlay "$WORK/root"
mount -t tmpfs tmpfs "$WORK/root/tmp"; mount -t proc proc "$WORK/root/proc"
mount --bind "$WORK/out" "$WORK/root/mnt"
exec chroot "$WORK/root" sh -ec '
    cd /mnt; mkdir -p tree/bin tree/modules
    cp /bin/busybox tree/bin/; mv init tree/init; chmod 755 tree/init
    version=$(basename /usr/lib/modules/*)
    for module in $(modprobe --set-version $version --show-depends --all $MODULES | sed "s/^insmod //" | awk "!seen[\\$0]++"); do
        cp $module tree/modules/; basename $module >>tree/modules/order
    done
    (cd tree && find . | sort | cpio --quiet -o -H newc | gzip -9n) >initrd
    truncate -s "${MIB}M" image
    mformat -i image -c 4 -h 16 -s 63 -T $((MIB * 2048)) -v TINY -N 00000000 ::
    mcopy -i image /boot/vmlinuz-* ::vmlinuz; mcopy -i image initrd ::initrd; mcopy -i image start ::syslinux.cfg
    syslinux --install image
'
"""


def path() -> Path:
    """Where the image of today's recipe is, or would be."""
    text = "\0".join((layer.path(PACKAGES).name, _INIT, _MODULES, _START, _BUILD, str(MIB)))
    return assets.cache() / "base" / f"tiny-{hashlib.sha256(text.encode()).hexdigest()[:16]}.raw"


def build(on_line: layer.OnLine) -> Path:
    """Makes the image unless it is there; half a minute, and a minute more for the packages. Raises ToolError."""
    target = path()
    if target.is_file():
        return target
    over, lower = layer.build(PACKAGES, on_line), base.build(on_line)
    with base.alone(), tempfile.TemporaryDirectory(prefix="building-", dir=target.parent) as folder:
        work = Path(folder)
        for part in ("upper", "work", "root", "out"):
            (work / part).mkdir()
        (work / "out/init").write_text(_INIT)
        (work / "out/start").write_text(_START)
        _run({"LAYER": str(over), "BASE": str(lower), "WORK": folder, "MODULES": _MODULES, "MIB": str(MIB)})
        with (work / "out/image").open("rb+") as file:
            os.fsync(file.fileno())
        shutil.move(work / "out/image", target)
    return target


def _run(values: dict[str, str]) -> None:
    done = layer.with_own_mounts(_BUILD, {"LC_ALL": "C", "MTOOLS_SKIP_CHECK": "1", **values})
    if done.returncode:
        raise ToolError("the machine's image could not be made", details="\n".join(done.stdout.splitlines()[-15:]))
