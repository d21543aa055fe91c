"""JSON lines: one prediction per line, as `Prediction.to_json` has it. What long work is kept in until it is whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from ..errors import DataError
from ..prediction import Prediction

CARD = {
    "title": "JSON lines",
    "suffix": ".jsonl",
    "passes": 1,
    "lines": True,
    "keeps": ["all"],
}


def write(predictions: Iterable[Prediction], file: BinaryIO) -> None:
    """Write a line for each prediction."""
    for prediction in predictions:
        file.write(line(prediction))


def line(prediction: Prediction) -> bytes:
    """One prediction as a line of UTF-8."""
    # a lone surrogate (a file name that is no UTF-8) becomes \udcxx, which JSON reads back as it was
    text = json.dumps(prediction.to_json(), ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def read(file: BinaryIO) -> Iterator[Prediction]:
    """The predictions, one by one.

    Raises:
        DataError: a line that is no prediction.
    """
    for number, text in enumerate(file, 1):
        try:
            yield Prediction.from_json(json.loads(text))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise DataError(
                f"a prediction in line {number}", f"a fault in {error}", "give what affectkit wrote"
            ) from error
