"""The small values of a fleet repository: ids, free text, windows of the week, references to secrets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from ipaddress import IPv4Network
from typing import Annotated, Any, Literal, get_args
from zoneinfo import available_timezones

from annotated_types import Ge, Le
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

_ID = re.compile(r"[a-z][a-z0-9]{0,30}(-[a-z0-9]{1,30}){0,3}")
_WORD = re.compile(r"[a-z][a-z0-9]{0,11}")
_INTEGER = re.compile(r"0|[1-9][0-9]{0,17}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECRET = re.compile(r"(sops|vault):[^#\s]+#[^#\s]+|file:[^\s]+|env:[A-Z][A-Z0-9_]*")
_BUCKET = re.compile(r"(s3|gs|azblob)://[A-Za-z0-9][^@\s]{1,400}")
_CREDENTIAL = re.compile(r"(?i)[?&][^=&]*(access.?key|secret|token|password|credential|signature)[^=&]*=")
_KEEPER = re.compile(r"(awskms|gcpkms|azurekeyvault|hashivault)://[^@\s]{1,400}")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/+-]{0,63}")
_PATH = re.compile(r"(?!(.*/)?\.\.(/|$))[A-Za-z0-9._/-]{1,200}")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_IMAGE = re.compile(
    r"[a-z0-9][a-z0-9./:_-]{1,200}@sha256:[0-9a-f]{64}|retailops\.local/[a-z0-9/-]+:(?!latest$)[A-Za-z0-9_.-]+"
)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HTTP_PATH = re.compile(r"/[A-Za-z0-9._/-]{0,100}")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,62}")
_DOMAIN = re.compile(r"(?=.{1,200}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+")
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
MAX_TEXT = 500
MAX_ID = 40


class Part(BaseModel):
    """A frozen piece of the model: camelCase in YAML, unknown keys refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )


class Misplaced(ValueError):
    """A fault seen with the whole in view that stands at one of its fields."""

    def __init__(self, message: str, *loc: str | int) -> None:
        super().__init__(message)
        self.loc = loc


def _id(value: str) -> str:
    if len(value) > MAX_ID or not _ID.fullmatch(value):
        raise ValueError(f"{shown(value)} is no id: small letters, digits and single dashes, beginning with a letter")
    return value


def _free(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    if len(value) > MAX_TEXT:
        raise ValueError(f"has {len(value)} characters; {MAX_TEXT} are allowed")
    for place, char in enumerate(value):
        if unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs", "Cn", "Co") or char in _BIDI:
            raise ValueError(f"character {place + 1} is U+{ord(char):04X}, which can't be printed")
    return value


def shown(value: object) -> str:
    """A value as an error message quotes it: escaped and short."""
    text = ascii(value) if not isinstance(value, str) or not value.isprintable() else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _integer(value: Any) -> Any:
    if isinstance(value, str) and not _INTEGER.fullmatch(value):
        raise ValueError(f"{shown(value)} is no whole number (digits only, no leading zero)")
    return value


def _boolean(value: Any) -> Any:
    if isinstance(value, str) and value not in ("true", "false"):
        raise ValueError(f"{shown(value)} is neither true nor false")
    return value


def _date(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value if _DATE.fullmatch(value) else "")
        except ValueError:
            raise ValueError(f"{shown(value)} is no date (2027-03-01)") from None
    return value


def _secret(value: str) -> str:
    if not _SECRET.fullmatch(value):
        raise ValueError(
            "takes a reference (sops:path#key, vault:path#key, file:path, env:NAME), never a secret itself"
        )
    return value


def _bucket(value: str) -> str:
    if not _BUCKET.fullmatch(value) or _CREDENTIAL.search(value):
        raise ValueError(
            "takes the URL of a bucket (s3://NAME/PREFIX?region=...); credentials never stand in it: "
            "they come from the AWS environment or files"
        )
    return value


def _matches(pattern: re.Pattern[str], what: str) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(f"{shown(value)} is no {what}")
        return value

    return AfterValidator(check)


def _timezone(value: str) -> str:
    if value not in zone_names():
        raise ValueError(f"{shown(value)} is no time zone of the IANA list{nearest(value, zone_names())}")
    return value


def entries(least: int, most: int | None = None) -> BeforeValidator:
    """A list or mapping has so many entries, counted before any of them is looked at."""

    def check(value: Any) -> Any:
        if isinstance(value, (list, dict)) and not least <= len(value) <= (most or len(value)):
            bound = f"at least {least}" if len(value) < least else f"at most {most}"
            raise ValueError(f"has {len(value)} entries, should have {bound}")
        return value

    return BeforeValidator(check)


@lru_cache(1)
def zone_names() -> frozenset[str]:
    """Every IANA time zone; read once."""
    return frozenset(available_timezones())


def nearest(value: str, known: Iterable[str]) -> str:
    """`; did you mean x?` where a known name is near, else an empty text."""
    return _nearest(value[:100], frozenset(known))


@lru_cache(1024)
def _nearest(value: str, known: frozenset[str]) -> str:
    import difflib

    near = difflib.get_close_matches(value, sorted(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


Id = Annotated[str, AfterValidator(_id)]
Word = Annotated[str, _matches(_WORD, "short id (small letters and digits, 12 at most, beginning with a letter)")]
"""An id that becomes part of a host's or an interface's name."""

FreeText = Annotated[str, AfterValidator(_free)]
Integer = Annotated[int, BeforeValidator(_integer)]
Positive = Annotated[Integer, Ge(1), Le(1_000_000)]
PortNumber = Annotated[Integer, Ge(1), Le(65_535)]
Percent = Annotated[Integer, Ge(1), Le(100)]
Boolean = Annotated[bool, BeforeValidator(_boolean)]
Date = Annotated[date, BeforeValidator(_date)]
SecretRef = Annotated[str, AfterValidator(_secret)]
BucketUrl = Annotated[str, AfterValidator(_bucket)]
Keeper = Annotated[str, _matches(_KEEPER, "secrets provider (awskms://, gcpkms://, azurekeyvault://, hashivault://)")]
"""Who opens the secrets of stacks in the place of a passphrase."""

Mac = Annotated[str, _matches(_MAC, "MAC address (02:00:00:00:00:01, small letters)")]
Name = Annotated[str, _matches(_NAME, "plain name (letters, digits, . _ / + -)")]
LabelValue = Annotated[str, _matches(_LABEL, "label (letters, digits, . _ -, at most 63)")]
Image = Annotated[str, _matches(_IMAGE, "image by digest (registry/name@sha256:...)")]
Digest = Annotated[str, _matches(_SHA256, "SHA-256 (64 digits of 0-9 and a-f)")]
LocalPath = Annotated[str, _matches(_PATH, "path (letters, digits, . _ - /, no ..)")]
HttpPath = Annotated[str, _matches(_HTTP_PATH, "path of a URL (/healthz)")]
Variable = Annotated[str, _matches(_VARIABLE, "variable's name (capitals, digits, _)")]
Domain = Annotated[str, _matches(_DOMAIN, "domain name")]
Timezone = Annotated[str, AfterValidator(_timezone)]
Prefix = IPv4Network
DataClass = Literal["public", "operations", "sales", "personal", "payment"]
ZoneName = Literal["pos", "office", "edge", "iot", "guest"]
DATA_CLASSES: tuple[DataClass, ...] = get_args(DataClass)


class Text(Part):
    """Free text in both languages; a plain string is both. Data wherever it goes, never a template, word or path."""

    zh: FreeText
    en: FreeText

    @model_validator(mode="before")
    @classmethod
    def _both(cls, value: Any) -> Any:
        return {"zh": _free(value), "en": value} if isinstance(value, str) else value

    def __str__(self) -> str:
        return self.zh if self.zh == self.en else f"{self.zh} / {self.en}"
