"""Say what is installed, what is missing and which extra brings it, and whether the bundles are sound."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer

from ... import __version__, corpora, find
from ...errors import AffectError
from ...runtime import bundle
from .. import show

_PACKAGE = "affectkit"


def command(json_: Annotated[bool, typer.Option("--json", help="print JSON")] = False) -> None:
    """Say what is installed, what is missing and which extra brings it, and whether the bundles are sound.

    Exit code 1 when a library that is always needed is missing or a bundle is broken.
    """
    found = examined()
    sound = all(found["base"].values()) and all(b["error"] is None for b in found["bundles"].values())
    if json_:
        show.as_json(found)
    else:
        _print(found)
    if not sound:
        raise typer.Exit(1)


def examined() -> dict[str, Any]:
    """All that is looked at; a version is None where a library is missing."""
    base, extras = _requirements()
    return {
        "affectkit": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "base": {name: _version(name) for name in base},
        "extras": {
            extra: {"present": all(versions.values()), "libraries": versions, "install": _install(extra)}
            for extra, names in extras.items()
            for versions in [{name: _version(name) for name in names}]
        },
        "bundles": {name: _bundle(path) for name, path in bundle.shipped().items()},
        "corpora": {"folder": os.environ.get("AFFECTKIT_CORPORA"), "found": list(_corpora())},
    }


def _print(found: dict[str, Any]) -> None:
    typer.echo(f"affectkit {found['affectkit']}, Python {found['python']}, {found['system']}")
    rows = [["always needed", _state(all(found["base"].values())), _versions(found["base"])]]
    for extra, its in found["extras"].items():
        rows.append([f"[{extra}]", _state(its["present"]), _versions(its["libraries"])])
    show.as_table(["libraries", "", ""], rows)
    for its in found["extras"].values():
        if not its["present"]:
            typer.echo(f"to add what is missing: {its['install']}")
    for name, its in found["bundles"].items():
        typer.echo(f"bundle {name}: {its['error'] or 'verified, version ' + str(its['version'])}")
    if not found["bundles"]:
        typer.echo("bundles: none shipped with this installation")
    folder, there = found["corpora"]["folder"], found["corpora"]["found"]
    where = f"in {folder}: {', '.join(there) or 'none that is known'}" if folder else "AFFECTKIT_CORPORA is not set"
    typer.echo(f"corpora {where}")


def _state(present: bool) -> str:
    return "present" if present else "missing"


def _versions(libraries: dict[str, str | None]) -> str:
    return ", ".join(f"{name} {version or 'MISSING'}" for name, version in libraries.items())


def _requirements() -> tuple[list[str], dict[str, list[str]]]:
    """Names of the libraries always needed, and by extra; an extra that holds another one holds its libraries."""
    base: list[str] = []
    extras: dict[str, list[str]] = {extra: [] for extra in metadata.metadata(_PACKAGE).get_all("Provides-Extra") or ()}
    for line in metadata.requires(_PACKAGE) or ():
        requirement, _, marker = line.partition(";")
        name = re.match(r"[\w.-]+(\[[\w,-]+\])?", requirement.strip())
        extra = re.search(r"extra\s*==\s*['\"]([\w-]+)", marker)
        if name is not None:
            (extras.setdefault(extra[1], []) if extra else base).append(name[0])
    return base, {extra: list(dict.fromkeys(_within(names, extras))) for extra, names in extras.items()}


def _within(names: list[str], extras: dict[str, list[str]]) -> Iterator[str]:
    for name in names:
        inner = re.fullmatch(rf"{_PACKAGE}\[([\w,-]+)\]", name)
        if inner is None:
            yield name.partition("[")[0]
        else:
            for extra in inner[1].split(","):
                yield from _within(extras.get(extra, []), extras)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _install(extra: str) -> str:
    return f"pip install '{_PACKAGE}[{extra}]'"


def _bundle(path: Path) -> dict[str, Any]:
    try:
        card = bundle.open(path).card
    except AffectError as error:
        return {"version": None, "error": error.message}
    return {"version": card["version"], "error": None}


def _corpora() -> Iterator[str]:
    for name in find.names("corpora"):
        try:
            corpora.root(name)
        except AffectError:
            continue
        yield name
