"""An S3-compatible bucket as the place of a backend's files."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from retailops.engine.state.bucket_place import Place, place
from retailops.errors import RetailopsError

ATTEMPTS = 6
"""Of each request, with a wait between them that doubles up to 20 s: about half a minute where the server answers at once."""
_CONNECT, _READ = 5, 30
_OURS = "retailops-sha256"
_ABSENT = ("NoSuchKey", "404", "NotFound")
_EXISTS = ("PreconditionFailed", "412", "ConditionalRequestConflict", "409")
_NO_CONDITIONS = ("NotImplemented", "501", "InvalidArgument", "InvalidRequest")


class Bucket:
    """Implements `objects.Objects`. Each object is one request, so a reader sees the old one or the new one."""

    shared = True

    def __init__(self, url: str) -> None:
        self.place = place(url)
        self._base = f"{self.place.prefix}/.pulumi/".lstrip("/")

    @property
    def local(self) -> Path:
        """Outside of any checkout, which CI wipes: every run of this user on this machine finds what a killed one left."""
        home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
        which = hashlib.sha256(f"{self.place.url} {self.place.shown}".encode()).hexdigest()[:12]
        return home / "retailops" / f"{self.place.bucket}-{which}"

    def read(self, key: str) -> bytes | None:
        """Read again where it arrives torn: shorter than was announced, or other than what we wrote."""
        from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError

        for _attempt in range(ATTEMPTS):
            try:
                answer = self._ask(
                    "read", key, lambda s3: s3.get_object(Bucket=self.place.bucket, Key=self._base + key)
                )
                if answer is None:
                    return None
                content = bytes(answer["Body"].read())
            except (IncompleteReadError, ReadTimeoutError, ResponseStreamingError):
                continue
            wanted = answer.get("Metadata", {}).get(_OURS)
            if wanted in (None, hashlib.sha256(content).hexdigest()):
                return content
        raise RetailopsError(
            f"{self.where(key)} arrived damaged {ATTEMPTS} times",
            resolution="See the bucket's own log; nothing was changed.",
        )

    def write(self, key: str, content: bytes) -> None:
        self._put(key, content)

    def create(self, key: str, content: bytes) -> bool:
        """By `If-None-Match: *`. Where the server refuses that header, by looking first, which two at once can both pass."""
        try:
            self._put(key, content, IfNoneMatch="*")
        except _Exists:
            # An answer that was lost is asked for again, and then the object there is our own.
            return self.read(key) == content
        except _NoConditions:
            if self.read(key) is not None:
                return False
            self._put(key, content)
        return True

    def remove(self, key: str) -> None:
        self._ask("remove", key, lambda s3: s3.delete_object(Bucket=self.place.bucket, Key=self._base + key))

    def names(self, prefix: str, *, deep: bool = False) -> list[str]:
        found: list[str] = []
        asked: dict[str, Any] = {"Bucket": self.place.bucket, "Prefix": self._base + prefix}
        asked |= {} if deep else {"Delimiter": "/"}
        while True:
            page = self._ask("list", prefix, lambda s3: s3.list_objects_v2(**asked)) or {}
            found += (item["Key"].removeprefix(self._base) for item in page.get("Contents", ()))
            if not page.get("IsTruncated"):
                return sorted(found)
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def where(self, key: str) -> str:
        return f"s3://{self.place.bucket}/{self._base}{key}"

    def _put(self, key: str, content: bytes, **conditions: str) -> None:
        md5 = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
        self._ask(
            "write",
            key,
            lambda s3: s3.put_object(
                Bucket=self.place.bucket,
                Key=self._base + key,
                Body=content,
                ContentMD5=md5,
                Metadata={_OURS: hashlib.sha256(content).hexdigest()},
                **conditions,
            ),
        )

    def _ask(self, verb: str, key: str, call: Callable[[Any], Any]) -> Any:
        """The answer, None for what is not there; raises `RetailopsError` with the server's own words."""
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

        try:
            return call(_client(self.place))
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if code in _ABSENT:
                return None
            if code in _EXISTS:
                raise _Exists(f"write {self.where(key)}: {status} {code}") from error
            if verb == "write" and code in _NO_CONDITIONS:
                raise _NoConditions(f"{self.where(key)} can't be written", details=code) from error
            words = f"{status} {code}: {error.response.get('Error', {}).get('Message', '')}"
            raise self._failed(verb, key, words, _way_out(code)) from error
        except NoCredentialsError as error:
            raise self._failed(verb, key, str(error), _way_out("AccessDenied")) from error
        except BotoCoreError as error:
            raise self._failed(verb, key, str(error), _way_out("")) from error

    def _failed(self, verb: str, key: str, words: str, way_out: str) -> RetailopsError:
        return RetailopsError(
            f"{verb} {self.where(key)}: {words}",
            details=f"server: {self.place.url}" if self.place.url else None,
            resolution=way_out,
        )


class _Exists(RetailopsError):
    """A conditional write found something there."""


class _NoConditions(RetailopsError):
    """The server does not know conditional writes, or refuses this one."""


def _way_out(code: str) -> str:
    if code in ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "403"):
        return "Give the standard AWS environment or files a key that may list, read, write and delete there."
    if code == "NoSuchBucket":
        return "Make the bucket, or mend its name in fleet.yaml (state.bucket)."
    return "Run the command again when the bucket answers; what was done meanwhile is kept on this machine."


@lru_cache(maxsize=8)
def _client(where: Place) -> Any:
    try:
        from botocore.config import Config
        from botocore.session import Session
    except ImportError as error:
        raise RetailopsError(
            "state in a bucket needs the package botocore, which is not installed",
            resolution="Install it: pip install 'retailops[s3]'.",
        ) from error
    from botocore.exceptions import BotoCoreError

    config = Config(
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        connect_timeout=_CONNECT,
        read_timeout=_READ,
        s3={"addressing_style": "path" if where.path_style else "auto"},
        # Servers other than Amazon's refuse the newer checksums; Content-MD5 is known to all.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    try:
        session = Session(profile=where.profile or None)
        region = where.region or session.get_config_variable("region") or "us-east-1"
        return session.create_client(
            "s3", region_name=region, endpoint_url=where.url or None, use_ssl=not where.plain, config=config
        )
    except (BotoCoreError, ValueError) as error:
        raise RetailopsError(f"{where.shown} can't be opened: {error}") from error
