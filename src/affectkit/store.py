"""Files written whole or not at all, content hashes, and a cache keyed by content."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def sha256(data: bytes | Path) -> str:
    """Hex digest of bytes or of a file's content (read in blocks)."""
    digest = hashlib.sha256()
    if isinstance(data, bytes):
        digest.update(data)
    else:
        with data.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes the place of `path` when the block ends well, else it goes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        yield aside
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def write(path: Path, content: str | bytes) -> Path:
    """Write a file whole; text is UTF-8."""
    with whole(path) as aside:
        aside.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


def write_json(path: Path, data: Any) -> Path:
    """Write JSON whole, indented, keys in the order given, ending with a newline."""
    return write(path, json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def cache_folder() -> Path:
    """Where derived data may be kept: `AFFECTKIT_CACHE`, else the user's cache folder."""
    if given := os.environ.get("AFFECTKIT_CACHE"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "affectkit"


def key(*parts: bytes | str | Path) -> str:
    """One content hash of several parts; a Path counts by its content."""
    digests = [sha256(p.encode("utf-8") if isinstance(p, str) else p) for p in parts]
    return sha256("".join(digests).encode("ascii"))


def cached(key: str, suffix: str, make: Callable[[Path], None], folder: Path | None = None) -> Path:
    """The cached file for a content key, made by `make(path)` when it is not there yet."""
    file = (folder or cache_folder()) / key[:2] / f"{key}{suffix}"
    if not file.exists():
        with whole(file) as aside:
            make(aside)
    return file
