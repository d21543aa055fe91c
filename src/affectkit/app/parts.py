"""Parts as the command line names them: the kinds of `find`, and the shipped bundles beside them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import find
from ..errors import UnknownName

BUNDLES = "bundles"


def kinds() -> list[str]:
    """The kinds there are parts of."""
    return [*find.kinds(), BUNDLES]


def kind(name: str) -> str:
    """A kind by its name, in the singular or the plural.

    Raises:
        UnknownName: no such kind; the nearest are offered.
    """
    known = {one: one for one in kinds()} | {find.SINGULAR.get(one, one[:-1]): one for one in kinds()}
    if name not in known:
        raise UnknownName.among("a kind of part", name, kinds())
    return known[name]


def cards(kind: str, takes: str | None = None) -> dict[str, dict[str, Any]]:
    """name -> card of all parts of a kind, or of those that take a modality."""
    found = _bundles() if kind == BUNDLES else find.cards(kind)
    return {name: card for name, card in found.items() if takes is None or takes in modalities(card)}


def modalities(card: Mapping[str, Any]) -> list[str]:
    """The modalities a card speaks of; none when it does not matter to the part."""
    told = card.get("modality") or card.get("takes") or card.get("modalities", ())
    return [told] if isinstance(told, str) else list(told)


def named(name: str) -> list[tuple[str, str, dict[str, Any]]]:
    """(kind, name, card) of all parts of one name, of one of them as "kind/name", or of the `.affect` file at a path.

    Raises:
        UnknownName: no part bears the name; the nearest are offered.
    """
    from ..runtime import bundle

    if Path(name).suffix == bundle.SUFFIX:
        card = bundle.read_card(bundle.find(name))
        return [(BUNDLES, str(card["name"]), card)]
    of, _, bare = name.rpartition("/")
    among = [kind(of)] if of else kinds()
    known = {one: _names(one) for one in among}
    found = [one for one in among if bare in known[one]]
    if not found:
        raise UnknownName.among("a part or bundle", bare, {n for names in known.values() for n in names})
    return [(one, bare, cards(one)[bare] if one == BUNDLES else find.card(one, bare)) for one in found]


def _names(kind: str) -> list[str]:
    from ..runtime import bundle

    return list(bundle.shipped()) if kind == BUNDLES else find.names(kind)


def _bundles() -> dict[str, dict[str, Any]]:
    from ..runtime import bundle

    return {name: bundle.read_card(path) for name, path in bundle.shipped().items()}
