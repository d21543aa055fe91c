"""The split audit as a stamp beside figures: what `affectkit audit` finds of the split that they were measured on.

It looks at the samples as they were trained and tested on, so that a split of our own is audited and not the official
one. Files are not opened for it (`affectkit audit` does that). What it finds is kept by the content of ids, splits,
groups and media, so that it costs once.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__, corpora, store
from ..errors import MissingExtra
from ..sample import Media, Sample
from .mixture import Mixture

Found = Mapping[str, Any]
"""An audit as JSON, see `analysis.splits.Audit.to_json`."""

_EXTRA = "datasketch"  # what nearly equal texts need: an audit without it is another one
_TOLD = 3  # things not looked at that a stamp names


def stamp(data: Mixture, corpus: str) -> str:
    """One line: what lies in one part each, what is shared, what could not be looked at.

    Where the extra is not there, the line says so.
    """
    try:
        found = audited(data, corpus)
    except MissingExtra:
        return "not audited: needs [analysis]"
    left = [f"{one['what']} ({one['why']})" for one in found["unchecked"]]
    more = f" and {len(left) - _TOLD} more" if len(left) > _TOLD else ""
    return f"split audit: {found['stamp']}" + (f"; not looked at: {', '.join(left[:_TOLD])}{more}" if left else "")


def audited(data: Mixture, corpus: str) -> Found:
    """What an audit of one corpus of a mixture finds, as JSON.

    Raises:
        MissingExtra: it needs a library that is not there.
    """
    made: dict[str, Any] = {}

    def make(path: Path) -> None:
        made.update(_audit(data, corpus))
        store.write_json(path, made)

    try:
        file = store.cached(_key(data, corpus), ".audit.json", make)
        return made or dict(json.loads(file.read_text(encoding="utf-8")))
    except OSError:  # the folder for derived data cannot be written or read
        return made or _audit(data, corpus)


def _audit(data: Mixture, corpus: str) -> dict[str, Any]:
    from ..analysis import splits

    card = corpora.card(corpus)
    disjoint = card.get("disjoint", card.get("groups", ()))  # who names groups of a table wants them whole
    name = corpora.parse(corpus).short
    return splits.audit(_samples(data, corpus), disjoint=disjoint, files=False, name=name).to_json()


def _samples(data: Mixture, corpus: str) -> list[Sample]:
    """A corpus's samples in the split of the mixture; people's ratings take no part in it."""
    return [
        Sample(
            str(data.ids[i]),
            data.media[i],
            (),
            {kind: str(ids[i]) for kind, ids in data.groups.items() if ids[i]},
            str(data.split[i]) or None,
        )
        for i in np.flatnonzero(data.corpus == corpus).tolist()
    ]


def _key(data: Mixture, corpus: str) -> str:
    """One hash of all that an audit looks at."""
    card = corpora.card(corpus)
    kinds = list(card.get("disjoint", card.get("groups", ())))
    head = [__version__, corpora.parse(corpus).short, kinds, importlib.util.find_spec(_EXTRA) is not None]
    digest = hashlib.sha256(json.dumps(head).encode())
    for sample in _samples(data, corpus):
        media = {modality: _content(one) for modality, one in sample.media.items()}
        line = [sample.id, sample.split, dict(sample.groups), media]
        digest.update(json.dumps(line, sort_keys=True).encode())
    return digest.hexdigest()


def _content(media: Media) -> list[Any]:
    span = [media.start_s, media.end_s, media.stream, media.box]
    if media.array is None:
        return [media.path, media.text, *span]
    array = np.ascontiguousarray(media.array)
    return [str(array.dtype), list(array.shape), hashlib.sha256(array.tobytes()).hexdigest(), *span]
