"""What the tests of corpora share: the real files where there are any, and imitations changed by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from affectkit import corpora
from affectkit.errors import UsageError
from affectkit.sample import Sample


def real(name: str) -> list[Sample]:
    """All samples of a real corpus; skips the test where it is not at hand."""
    try:
        folder = corpora.root(name)
    except UsageError as error:
        pytest.skip(str(error))
    return list(corpora.samples(name, folder))


def splits(samples: list[Sample]) -> dict[str | None, int]:
    """Samples per split."""
    return dict(Counter(sample.split for sample in samples))


def change(file: Path, how: Callable[[list[dict[str, str]]], Any], delimiter: str = ",") -> None:
    """Rewrite a corpus file of `fake` after `how` changed its rows in place."""
    rows = list(corpora.read_csv(file, delimiter=delimiter))
    how(rows)
    corpora.write_csv(file, rows, delimiter)
