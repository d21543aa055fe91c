"""Printing for commands: JSON as it is, tables and lines for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer

_PIPED = 10_000  # columns of what is no terminal


def as_json(data: Any) -> None:
    """Print JSON, indented; a lone surrogate is spelled out."""
    text = json.dumps(data, indent=1, ensure_ascii=False)
    typer.echo(text.encode("utf-8", "backslashreplace"))


def as_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under a heading, columns aligned."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, header_style="bold")
    for number, name in enumerate(head):
        made.add_column(name, no_wrap=number == 0, style="cyan" if number == 0 else "")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    console = Console(highlight=False)
    if console.is_terminal:
        console.print(made)
        return
    console = Console(highlight=False, width=_PIPED)  # numbers in a file are not cut short
    with console.capture() as captured:
        console.print(made)
    typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def as_lines(data: Mapping[str, Any], indent: int = 0) -> None:
    """Print a card: a name and its value per line, lists of mappings as one line per entry."""
    for name, value in data.items():
        lead = " " * indent
        if isinstance(value, Mapping) and value:
            typer.echo(f"{lead}{name}")
            as_lines(value, indent + 2)
        elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
            typer.echo(f"{lead}{name}")
            for one in value:
                typer.echo(f"{lead}  {_plain(one)}")
        elif value not in (None, "", [], {}):
            typer.echo(f"{lead}{name}: {_plain(value)}")


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {_plain(v)}" for k, v in value.items() if v not in (None, "", [], {}))
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
