"""A table of features: numbers per sample or group, from a CSV, TSV, JSON lines or Parquet file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..corpora._columns import blank, number
from ..errors import DataError, UsageError
from ..sample import Sample
from . import scores

if TYPE_CHECKING:
    from ..analysis.splits import Features


def features_of(file: Path, samples: Iterable[Sample]) -> Features:
    """A file's columns of numbers, its rows named by the column that holds most ids of samples or of their groups.

    Raises:
        UsageError: no such file, or another suffix.
        DataError: no column of ids, none of numbers, or an id twice.
    """
    from ..analysis.splits import Features

    if not file.is_file():
        raise UsageError(f"a table of features at {file}", "none", "correct the path")
    table = scores.read(file)
    columns: dict[str, list[Any]] = {name: [] for name in table.header}
    for block in table.blocks:
        for name, values in block.columns.items():
            columns[name] += values
    ids = {id for sample in samples for id in (sample.id, *sample.groups.values())}
    met = {name: len(ids.intersection(map(str, values))) for name, values in columns.items()}
    by = max(met, key=lambda name: met[name])
    if not met[by]:
        fix = "write the ids of samples as the corpus has them"
        raise DataError(f"a column of {file.name} with ids of samples", ", ".join(table.header), fix)
    rows = [row for row, key in enumerate(columns[by]) if str(key) in ids]
    numbers = {name: _numbers(values, rows) for name, values in columns.items() if name != by}
    kept = {name: values for name, values in numbers.items() if values is not None}
    if not kept:
        raise DataError(f"columns of numbers in {file.name} beside {by}", "none", "write one number per cell")
    return Features(tuple(str(columns[by][row]) for row in rows), tuple(kept), np.stack([*kept.values()], axis=1))


def _numbers(values: Sequence[Any], rows: Sequence[int]) -> NDArray[np.float64] | None:
    """Some rows of a column as numbers, NaN where a cell is blank; None where a cell is no number, or all are blank."""
    found = [None if blank(values[row]) else number(values[row]) for row in rows]
    wrong = any(one is None and not blank(values[row]) for one, row in zip(found, rows, strict=True))
    if wrong or not any(one is not None for one in found):
        return None
    return np.asarray([np.nan if one is None else one for one in found], np.float64)
