"""The URL of a state bucket, with the query parameters that Pulumi's users know."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from retailops.errors import UsageError

_TRUE, _FALSE = ("1", "t", "T", "true", "TRUE", "True"), ("0", "f", "F", "false", "FALSE", "False")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_SWITCHES = {
    "s3ForcePathStyle": "path_style",
    "use_path_style": "path_style",
    "disableSSL": "plain",
    "disable_https": "plain",
}
_TEXTS = ("region", "endpoint", "profile")
_IGNORED = ("awssdk", "hostname_immutable")
"""Which of Go's two clients, and a detail of the second: they mean nothing here."""


@dataclass(frozen=True)
class Place:
    """Where a bucket is. It never holds a credential: those come from the standard AWS chain."""

    bucket: str
    prefix: str = ""
    region: str = ""
    endpoint: str = ""
    profile: str = ""
    path_style: bool = False
    plain: bool = False

    @property
    def url(self) -> str:
        """The server to speak to; "" means the provider's own."""
        if not self.endpoint or "://" in self.endpoint:
            return self.endpoint
        return f"{'http' if self.plain else 'https'}://{self.endpoint}"

    @property
    def shown(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


def place(url: str) -> Place:
    """`s3://bucket[/prefix]?region=…&endpoint=…&profile=…&s3ForcePathStyle=true&disableSSL=true`.

    Raises `UsageError` for anything else; its message repeats no value, since that may be a credential.
    """
    parts = urlsplit(url)
    if parts.username is not None or "@" in parts.netloc:
        raise _credentials("the URL of the state's bucket has a user or a key in it")
    if not _BUCKET.fullmatch(parts.netloc):
        raise UsageError("the URL of the state's bucket names no bucket", resolution="Write s3://BUCKET[/PREFIX].")
    given: dict[str, str | bool] = {}
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if key in _SWITCHES:
            given[_SWITCHES[key]] = _switch(key, value)
        elif key in _TEXTS:
            given[key] = value
        elif key not in _IGNORED:
            raise _credentials(f"the URL of the state's bucket has the parameter {key!r}, which is not known here")
    if "@" in str(given.get("endpoint", "")):
        raise _credentials("the endpoint of the state's bucket has a user or a key in it")
    prefix = unquote(parts.path).strip("/")
    if any(part in ("", ".", "..") for part in prefix.split("/")) and prefix:
        raise UsageError("the prefix in the URL of the state's bucket has an empty part, or one of dots")
    return Place(parts.netloc, prefix, **given)  # type: ignore[arg-type]


def _switch(key: str, value: str) -> bool:
    if value not in (*_TRUE, *_FALSE):
        raise UsageError(f"{key} in the URL of the state's bucket is neither true nor false")
    return value in _TRUE


def _credentials(what: str) -> UsageError:
    known = ", ".join((*_TEXTS, *_SWITCHES))
    return UsageError(
        what,
        resolution="Credentials come from the environment (AWS_ACCESS_KEY_ID, …) or the AWS files, never from the URL; "
        f"its parameters are {known}.",
    )
