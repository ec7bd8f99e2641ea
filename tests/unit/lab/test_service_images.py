"""Images of the centre's services: packages unpacked without their scripts, and what a record says of them."""

from __future__ import annotations

import json
import os
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from retailops.errors import ToolError
from retailops.lab import debian, requirements, service_images
from retailops.ports import ImageArchive

APT = """#!/bin/sh
for word; do case $word in Dir::Cache=*) cache=${word#*=};; update) exit 0;; esac; done
for name in docker-registry_2.8.2+ds1-1_amd64 libc6_2.36-9_amd64 perl-base_5.36_amd64 tzdata_1%3a2026f_all; do
  : > "$cache/archives/$name.deb"
done
"""
DPKG = """#!/bin/sh
name=${2##*/}
mkdir -p "$3/usr/share/doc/${name%%_*}" "$3/usr/bin"
echo "${name%%_*}" > "$3/usr/bin/${name%%_*}"
"""


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An apt and a dpkg that fetch nothing."""
    own = tmp_path / "bin"
    own.mkdir()
    for name, text in (("apt-get", APT), ("dpkg-deb", DPKG)):
        (own / name).write_text(text)
        (own / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{own}:{os.environ['PATH']}")
    return own


@pytest.mark.usefixtures("tools")
def test_what_installing_needs_and_running_does_not_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    found = debian.unpack(("docker-registry",), tmp_path / "root", service_images._NOT_NEEDED)
    assert found == {"docker-registry": "2.8.2+ds1-1", "libc6": "2.36-9", "tzdata": "1:2026f"}
    assert sorted(path.name for path in (tmp_path / "root/usr/bin").iterdir()) == ["docker-registry", "libc6", "tzdata"]
    assert not (tmp_path / "root/usr/share/doc").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "root"], "nothing of apt's stays"


def test_apt_s_own_last_words_are_told(tmp_path: Path, tools: Path) -> None:
    (tools / "apt-get").write_text("#!/bin/sh\necho 'E: Unable to locate package docker-registry' >&2\nexit 100\n")
    (tmp_path / "root").mkdir()
    with pytest.raises(ToolError, match="apt-get failed") as failed:
        debian.unpack(("docker-registry",), tmp_path / "root", "")
    assert failed.value.details == "E: Unable to locate package docker-registry"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("cache")
def test_there_are_none_until_they_are_built() -> None:
    assert (service_images.built(), service_images.images()) == (False, {})
    record = {"reference": "retailops.local/events@sha256:1", "file": "events.tar", "sha256": "2", "version": "v2.15.2"}
    service_images.folder().mkdir(parents=True)
    (service_images.folder() / "images.json").write_text(json.dumps({"events": record}))
    made = ImageArchive("retailops.local/events@sha256:1", service_images.folder() / "events.tar", "2", "v2.15.2")
    assert (service_images.built(), service_images.images()) == (True, {"events": made})


@pytest.mark.usefixtures("cache")
def test_another_recipe_is_another_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    before, database = service_images.folder(), service_images.PACKAGED["database"]
    other = {**service_images.PACKAGED, "database": replace(database, user=998)}
    monkeypatch.setattr(service_images, "PACKAGED", other)
    assert service_images.folder() != before


@pytest.mark.usefixtures("cache")
def test_a_build_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setattr("retailops.lab.compiler.fetch", lambda _wanted: Path("/bin/false"))
    with pytest.raises(ToolError, match="could not be built"):
        service_images.build(print)
    assert list((cache / "retailops/services").iterdir()) == []


def test_the_same_files_give_the_same_layer() -> None:
    entry = tarfile.TarInfo("bin/a")
    entry.mtime, entry.uid, entry.uname = 7, 1000, "me"
    plain = service_images._plain(entry)
    assert (plain.mtime, plain.uid, plain.uname, plain.mode) == (0, 0, "", entry.mode)


@pytest.mark.usefixtures("cache")
def test_what_builds_them_is_asked_for_until_they_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name, path=None: None if name == "apt-get" else f"/bin/{name} {path}")
    assert [each.what for each in requirements._tools()] == ["apt-get (package apt)"]
    monkeypatch.setattr(service_images, "built", lambda: True)
    assert [each.what for each in requirements._tools()] == []
