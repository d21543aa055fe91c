"""JSON: a list of predictions, as `Prediction.to_json` has them, one per line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from ..errors import DataError
from ..prediction import Prediction
from .jsonl import line

CARD = {
    "title": "JSON",
    "suffix": ".json",
    "passes": 1,
    "keeps": ["all"],
}


def write(predictions: Iterable[Prediction], file: BinaryIO) -> None:
    """Write the list, one prediction at a time."""
    before = b"[\n"
    for prediction in predictions:
        file.write(before + line(prediction).rstrip(b"\n"))
        before = b",\n"
    file.write(b"\n]\n" if before == b",\n" else b"[]\n")


def read(file: BinaryIO) -> Iterator[Prediction]:
    """The predictions.

    Raises:
        DataError: the file is no list of predictions.
    """
    try:
        found = [Prediction.from_json(one) for one in json.load(file)]
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise DataError("a JSON list of predictions", f"a fault in {error}", "give what affectkit wrote") from error
    yield from found
