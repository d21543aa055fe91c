"""Parts found by scanning: a file's name is its registered name, and no list of names is kept anywhere.

`names` and `card` open no module: a part describes itself in a literal `CARD`, read with `ast` from its slice of the
file. `load` imports. Third parties add parts through entry points in the group `affectkit.<kind>`, read only when
asked.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from .errors import DataError, MissingExtra, UnknownName

KINDS = {
    "taxonomies": "taxonomies",
    "modalities": "modalities",
    "detectors": "detect",
    "features": "features",
    "metrics": "metrics",
    "corpora": "corpora",
    "aggregations": "aggregate",
    "augmentations": "augment",
    "backends": "language/backends",
    "explainers": "explain",
    "engines": "runtime/engines",
    "formats": "formats",
    "encoders": "nn/encoders",
    "fusions": "nn/fusion",
    "heads": "nn/heads",
    "objectives": "nn/objectives",
    "methods": "methods",
}
"""Kind of part -> its folder in the package. Kinds are the architecture: a closed set; what lies in them is open."""

SINGULAR = {kind: kind[:-1] for kind in KINDS} | {
    "taxonomies": "taxonomy",
    "modalities": "modality",
    "corpora": "corpus",
    "heads": "head",
    "features": "features",
}
_ROOT = Path(__file__).parent


def kinds() -> list[str]:
    """The kinds that have at least one part here."""
    return [kind for kind in KINDS if any(_files(kind))]


def names(kind: str) -> list[str]:
    """Names of all parts of one kind, sorted: the package's own and those of entry points."""
    return sorted({path.stem for path in _files(kind)} | {point.name for point in _points(kind)})


def path(kind: str, name: str) -> Path:
    """The file of a part.

    Raises:
        UnknownName: no part bears the name; the nearest are offered.
    """
    file = _folder(kind) / f"{name}.py"
    if name.isidentifier() and not name.startswith("_") and file.is_file():  # "../errors" is no part
        return file
    for point in _points(kind):
        if point.name == name:
            spec = importlib.util.find_spec(point.module)
            if spec is not None and spec.origin is not None:
                return Path(spec.origin)
    raise UnknownName.among(f"a {SINGULAR[kind]}", name, names(kind))


def card(kind: str, name: str) -> dict[str, Any]:
    """The part's `CARD`, without importing it.

    Raises:
        UnknownName: no such part.
        DataError: the file has no literal `CARD`.
    """
    return read_card(path(kind, name))


def cards(kind: str) -> dict[str, dict[str, Any]]:
    """name -> CARD for one kind."""
    return {name: card(kind, name) for name in names(kind)}


def load(kind: str, name: str) -> ModuleType:
    """Import a part.

    Raises:
        UnknownName: no such part.
        MissingExtra: it needs a library that an extra brings.
    """
    file = path(kind, name)
    extra = read_card(file).get("extra")
    own = file.parent == _folder(kind)
    module = f"{__package__}.{KINDS[kind].replace('/', '.')}.{name}" if own else _module_of(kind, name)
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if extra is None or error.name is None or error.name.startswith(__package__ or ""):
            raise
        raise MissingExtra.of(f"{SINGULAR[kind]} {name!r}", error.name, extra) from error


def library(name: str, needed_by: str, extra: str) -> ModuleType:
    """Import a library that the extra `extra` brings, or say in one sentence that it is missing."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != name.split(".")[0]:
            raise
        raise MissingExtra.of(needed_by, name, extra) from error


def read_card(file: Path) -> dict[str, Any]:
    """The literal dict assigned to `CARD` at the top level of a file; only its lines are parsed."""
    lines = iter(file.read_text(encoding="utf-8").splitlines())
    start = next((line for line in lines if line.startswith("CARD = ")), None)
    if start is None:
        raise DataError(f"a literal CARD in {file.name}", "none", 'begin the part with `CARD = {"title": ...}`')
    text = start.removeprefix("CARD = ")
    if not text.rstrip().endswith("}"):
        for line in lines:
            text += "\n" + line
            if line.startswith("}"):
                break
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError) as error:
        raise DataError(
            f"a literal CARD in {file.name}", str(error), "use only literals, closed by a brace at the margin"
        ) from error
    return dict(found)


def _folder(kind: str) -> Path:
    if kind not in KINDS:
        raise UnknownName.among("a kind of part", kind, KINDS)
    return _ROOT / KINDS[kind]


def _files(kind: str) -> Iterator[Path]:
    folder = _folder(kind)
    return (p for p in sorted(folder.glob("*.py")) if not p.stem.startswith("_"))


def _points(kind: str) -> list[Any]:
    from importlib.metadata import entry_points

    return list(entry_points(group=f"affectkit.{kind}"))


def _module_of(kind: str, name: str) -> str:
    return str(next(p.module for p in _points(kind) if p.name == name))
