"""SubRip subtitles: one cue per segment, "[Anna]: joy 81 %, pride · valence +0.62 arousal +0.20".

There is no standard; this is what players read (https://www.loc.gov/preservation/digital/formats/fdd/fdd000569.shtml).
Times are whole milliseconds, confidences whole per cent, values have two places. A task's id is written only where it
is needed to tell tasks apart. `transcript` reads subtitles of one's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import DataError
from ..prediction import Prediction
from . import _cues, _spans
from ._cues import Said

CARD = {
    "title": "SubRip subtitles",
    "suffix": ".srt",
    "passes": 1,
    "spans": True,
    "inputs": 1,
    "step_s": 0.001,
    "keeps": [
        "start_s",
        "end_s",
        "track",
        "tasks.labels",
        "tasks.confidence",
        "tasks.abstain",
        "tasks.values",
    ],
    "loses": ["tasks.id", "track.box", "track.quality", "track.detected"],
}

_LEAD = re.compile(r"\[([^\]]+)\]: ?")
_DRESS = re.compile(r"</?(?:[ibus]|font)\b[^>]*>|\{\\[^}]*\}")  # italics, colours, places on the screen


def write(predictions: Iterable[Prediction], file: BinaryIO) -> None:
    """Write a cue for each segment as it comes; what failed or says nothing is left out.

    Raises:
        UsageError: a prediction without a span, or a second input.
    """
    for number, (start, end, one) in enumerate(_spans.timed(predictions, CARD), 1):
        times = f"{_cues.clock(start, ',')} --> {_cues.clock(end, ',')}"
        lead = f"[{_spans.name(one.track)}]: " if one.track else ""
        file.write(f"{number}\n{times}\n{lead}{_spans.line(one.tasks)}\n\n".encode())


def read(file: BinaryIO) -> Iterator[Prediction]:
    """The predictions, by their place in the file.

    Raises:
        DataError: no subtitles, or not in UTF-8.
    """
    text = _spans.decoded(file.read(), "SubRip subtitles")
    for number, cue in enumerate(_cued(text), 1):
        lead = _LEAD.match(cue.text)
        said = cue.text[lead.end() if lead else 0 :].replace("\n", " ")
        track = _spans.track(lead[1]) if lead else None
        yield Prediction(f"#{number}", "", _spans.tasks(said), cue.start_s, cue.end_s, track)


def transcript(path: str | Path) -> list[Said]:
    """What subtitles of one's own say: (start_s, end_s, speaker, text), in the file's order.

    SubRip knows no speakers: only a lead such as "[Anna]:" is taken for one. Formatting is removed, lines are joined.

    Raises:
        InputError: no file, or an empty one.
        DataError: no subtitles, or not in UTF-8.
    """
    text = _spans.decoded(_cues.content(path, "SubRip subtitles"), str(path))
    found: list[Said] = []
    for cue in _cued(text, str(path)):
        plain = " ".join(_DRESS.sub("", cue.text).split())
        lead = _LEAD.match(plain)
        said = plain[lead.end() if lead else 0 :]
        if said:
            found.append((cue.start_s, cue.end_s, lead[1] if lead else None, said))
    return found


def _cued(text: str, title: str = "SubRip subtitles") -> Iterator[_cues.Cue]:
    """Raises:
    DataError: a file with something in it, but no cue.
    """
    none = True
    for cue in _cues.cues(text, title, blanks=True):
        none = False
        yield cue
    if none and text.strip():
        found = repr(text.strip().split("\n")[0][:40])
        raise DataError(f"times such as 00:00:01,000 --> 00:00:02,500 in {title}", found, "give subtitles")
