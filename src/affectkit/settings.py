"""Settings read once: text from the command line into a frozen config, and "name:key=value" into a part and its own."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from types import ModuleType
from typing import Any, TypeVar

from . import find
from .errors import UnknownName, UsageError

C = TypeVar("C")


def apply(config: C, changes: Mapping[str, Any]) -> C:
    """The config with some fields changed; text is read as the field's type.

    Raises:
        UnknownName: no such field; near ones are offered.
        UsageError: the text does not read as the field's type.
    """
    hints = typing.get_type_hints(type(config))
    fields = {f.name for f in dataclasses.fields(config)}  # type: ignore[arg-type]
    for name in changes:
        if name not in fields:
            raise UnknownName.among("a setting", name, fields)
    read = {name: _read(name, value, hints[name]) for name, value in changes.items()}
    return dataclasses.replace(config, **read)  # type: ignore[type-var]


def part(kind: str, spec: str) -> tuple[ModuleType, Any]:
    """The part and config that "name" or "name:key=value,key=value" means, such as "minilm:layers=3"."""
    name, _, rest = spec.partition(":")
    module = find.load(kind, name)
    changes = pairs(rest.split(",")) if rest else {}
    return module, apply(module.Config(), changes)


def pairs(texts: list[str] | tuple[str, ...]) -> dict[str, str]:
    """["lr=1e-4", ...] as a mapping.

    Raises:
        UsageError: a text without "=".
    """
    for text in texts:
        if "=" not in text:
            raise UsageError("settings of the form name=value", repr(text), "write name=3, for example")
    return dict(text.split("=", 1) for text in texts)


def _read(name: str, value: Any, hint: Any) -> Any:
    if not isinstance(value, str) or hint is str:
        return tuple(value) if isinstance(value, list) else value
    within = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        return tuple(_read(name, v, within[0]) for v in value.split("+") if v)
    if type(None) in within:
        return None if value.lower() == "none" else _read(name, value, within[0])
    known: dict[Any, Any] = {
        bool: {"true": True, "false": False, "1": True, "0": False}.__getitem__,
        int: int,
        float: float,
    }
    try:
        return known[hint](value.lower())
    except (ValueError, KeyError) as error:
        wanted = getattr(hint, "__name__", str(hint))
        raise UsageError(f"a value of type {wanted} for the setting {name!r}", repr(value), "correct it") from error
