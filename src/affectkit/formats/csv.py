"""CSV: one row per prediction, nested names joined by dots, lists by "|"; an empty cell is absent, never zero."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from ..errors import DataError
from ..prediction import Prediction
from ._flat import back, cells, columns

CARD = {
    "title": "Comma-separated values",
    "suffix": ".csv",
    "passes": 2,
    "keeps": ["all"],
    "loses": ["tasks.lost"],
}


def write(predictions: Iterable[Prediction], file: BinaryIO) -> None:
    """Write a header with the columns of all predictions, then a row for each; goes through them twice."""
    names = columns(predictions)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(cells(prediction, names) for prediction in predictions)
    finally:
        text.detach()  # flushes, and leaves the file open


def read(file: BinaryIO) -> Iterator[Prediction]:
    """The predictions, one by one.

    Raises:
        DataError: the columns or cells are not those of predictions.
    """
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        rows = csv.DictReader(text)
        if "id" not in (rows.fieldnames or ()):
            raise DataError("the column id of a table of predictions", "none", "take what affectkit wrote")
        yield from map(back, rows)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError("a table of predictions", f"a fault in {error}", "take what affectkit wrote") from error
    finally:
        text.detach()
