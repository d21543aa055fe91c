"""Parquet: the columns of CSV with their types, in groups of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO

from .. import find
from ..errors import DataError
from ..prediction import Prediction
from ._flat import back, cells, columns, kind

CARD = {
    "title": "Parquet",
    "suffix": ".parquet",
    "passes": 2,
    "extra": "analysis",
    "needs": "pyarrow",
    "keeps": ["all"],
    "loses": ["tasks.lost"],
}

_ROWS = 10_000  # rows held at once


def write(predictions: Iterable[Prediction], file: BinaryIO) -> None:
    """Write all predictions; goes through them twice.

    Raises:
        MissingExtra: pyarrow is not installed.
    """
    parquet = find.library("pyarrow.parquet", "Parquet files", "analysis")
    arrow = find.library("pyarrow", "Parquet files", "analysis")
    names = columns(predictions)
    types = {float: arrow.float64(), bool: arrow.bool_(), str: arrow.string()}
    schema = arrow.schema([(name, types[kind(name)]) for name in names])
    with parquet.ParquetWriter(file, schema) as writer:
        left = iter(predictions)
        while rows := [cells(prediction, names) for prediction in islice(left, _ROWS)]:
            writer.write_table(arrow.table([list(column) for column in zip(*rows, strict=True)], schema=schema))


def read(file: BinaryIO) -> Iterator[Prediction]:
    """The predictions, one by one.

    Raises:
        MissingExtra: pyarrow is not installed.
        DataError: no Parquet file, or not one of predictions.
    """
    parquet = find.library("pyarrow.parquet", "Parquet files", "analysis")
    arrow = find.library("pyarrow", "Parquet files", "analysis")
    try:
        table = parquet.ParquetFile(file)
    except arrow.ArrowInvalid as error:
        raise DataError("a Parquet file", str(error), "give what affectkit wrote") from error
    for rows in table.iter_batches(_ROWS):
        yield from map(back, rows.to_pylist())
