"""Checkpoints as they lie in a file: plain, `.gz` or `.zst`, each written back as it was found."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

from retailops.errors import RetailopsError

SUFFIXES = ("", ".gz", ".zst")
GREATEST = 400 * 1024 * 1024


def pack(path: Path, content: bytes) -> bytes:
    if path.suffix == ".gz":
        return gzip.compress(content, mtime=0)
    return bytes(_zstandard(path).ZstdCompressor().compress(content)) if path.suffix == ".zst" else content


def unpack(path: Path, content: bytes) -> bytes:
    """Raises `ValueError`, `EOFError` or `OSError` for what is damaged."""
    if path.suffix == ".gz":
        return gzip.decompress(content)
    if path.suffix != ".zst":
        return content
    zstandard = _zstandard(path)
    try:
        with zstandard.ZstdDecompressor().stream_reader(content) as stream:
            text = bytes(stream.read(GREATEST))
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error
    return text


def _zstandard(path: Path) -> Any:
    try:
        import zstandard
    except ImportError as error:
        raise RetailopsError(
            f"{path} is compressed with zstd, and the package zstandard is not installed",
            resolution="Install it: pip install 'retailops[zstd]'.",
        ) from error
    return zstandard
