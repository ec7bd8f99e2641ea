"""Checkpoints as they lie in a file: plain, `.gz` or `.zst`, each written back as it was found."""

from __future__ import annotations

import gzip
from typing import Any

from retailops.errors import RetailopsError

SUFFIXES = ("", ".gz", ".zst")
GREATEST = 400 * 1024 * 1024


def pack(name: str, content: bytes) -> bytes:
    if name.endswith(".gz"):
        return gzip.compress(content, mtime=0)
    return bytes(_zstandard(name).ZstdCompressor().compress(content)) if name.endswith(".zst") else content


def unpack(name: str, content: bytes) -> bytes:
    """Raises `ValueError`, `EOFError` or `OSError` for what is damaged."""
    if name.endswith(".gz"):
        return gzip.decompress(content)
    if not name.endswith(".zst"):
        return content
    zstandard = _zstandard(name)
    try:
        with zstandard.ZstdDecompressor().stream_reader(content) as stream:
            text = bytes(stream.read(GREATEST))
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error
    return text


def _zstandard(name: str) -> Any:
    try:
        import zstandard
    except ImportError as error:
        raise RetailopsError(
            f"{name} is compressed with zstd, and the package zstandard is not installed",
            resolution="Install it: pip install 'retailops[zstd]'.",
        ) from error
    return zstandard
