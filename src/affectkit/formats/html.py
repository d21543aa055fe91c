"""HTML: one page to look at and to pass on, with the predictions themselves in it so that it can be read again.

What the page shows stands in `report/film.py`; it needs nothing from elsewhere and no script. Its data is a block of
JSON that browsers do not show.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from ..errors import DataError
from ..prediction import Prediction

CARD = {
    "title": "HTML page",
    "suffix": ".html",
    "passes": 2,
    "keeps": ["all"],
}

_BEGIN, _END = '<script type="application/json" id="predictions">', "</script>"
_DATA = re.compile(re.escape(_BEGIN) + r"(.*?)" + re.escape(_END), re.DOTALL)


def write(predictions: Iterable[Prediction], file: BinaryIO) -> None:
    """Write the page; all predictions are held in memory, as they are by who looks at it."""
    from ..report import film

    rows = list(predictions)
    data = json.dumps([one.to_json() for one in rows])
    # within a script only its end is looked for; JSON spells the sign it begins with
    block = _BEGIN + data.replace("<", "\\u003c") + _END
    file.write(film.html(rows, after=block).encode("utf-8", "backslashreplace"))


def read(file: BinaryIO) -> Iterator[Prediction]:
    """The predictions in a page.

    Raises:
        DataError: no page that affectkit wrote.
    """
    try:
        found = _DATA.search(file.read().decode("utf-8"))
        if found is None:
            raise ValueError("no data of predictions in it")
        rows = [Prediction.from_json(one) for one in json.loads(found[1])]
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise DataError("a page of predictions", f"a fault in {error}", "give what affectkit wrote") from error
    yield from rows
