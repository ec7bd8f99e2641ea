"""The URLs of state buckets: those of Pulumi's users are read, a credential in one is refused and not repeated."""

from __future__ import annotations

import pytest

from retailops.engine.state.bucket_place import Place, place
from retailops.errors import RetailopsError, UsageError

READ = {
    "s3://state": Place("state"),
    "s3://state/": Place("state"),
    "s3://state/a/b": Place("state", "a/b"),
    "s3://state?region=eu-1&profile=ci&awssdk=v2": Place("state", region="eu-1", profile="ci"),
    "s3://state?endpoint=minio:9000&disableSSL=true&s3ForcePathStyle=true": Place(
        "state", endpoint="minio:9000", plain=True, path_style=True
    ),
    "s3://state?endpoint=https%3A%2F%2Fs3.example.com&use_path_style=1&disable_https=false": Place(
        "state", endpoint="https://s3.example.com", path_style=True
    ),
}
REFUSED = {
    "s3://AKIDCANARY:canary@state": "has a user or a key in it",
    "s3://AKIDCANARY@state": "has a user or a key in it",
    "s3://state?endpoint=https://AKIDCANARY:canary@minio": "has a user or a key in it",
    "s3://state?secretAccessKey=canary": "'secretAccessKey'",
    "s3://state?X-Amz-Security-Token=canary": "'X-Amz-Security-Token'",
    "s3://state?s3ForcePathStyle=canary": "neither true nor false",
    "s3://": "names no bucket",
    "s3://a b": "names no bucket",
    "s3://state/../other": "of dots",
    "s3://state/a//b": "empty part",
}


@pytest.mark.parametrize("url", READ)
def test_read(url: str) -> None:
    assert place(url) == READ[url]


@pytest.mark.parametrize("url", REFUSED)
def test_refused_without_a_word_of_the_credential(url: str) -> None:
    with pytest.raises(UsageError, match=REFUSED[url]) as caught:
        place(url)
    assert "canary" not in f"{caught.value} {caught.value.details} {caught.value.resolution}".lower()


def test_the_server_that_is_spoken_to() -> None:
    assert place("s3://state").url == ""
    assert place("s3://state?endpoint=minio:9000").url == "https://minio:9000"
    assert place("s3://state?endpoint=minio:9000&disableSSL=true").url == "http://minio:9000"
    assert place("s3://state?endpoint=http://minio").url == "http://minio"


def test_without_botocore_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from retailops.engine.state import bucket

    bucket._client.cache_clear()
    monkeypatch.setitem(sys.modules, "botocore.session", None)
    with pytest.raises(RetailopsError, match="botocore") as caught:
        bucket._client(place("s3://state"))
    assert "retailops[s3]" in str(caught.value.resolution)
