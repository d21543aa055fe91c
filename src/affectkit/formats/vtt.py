"""WebVTT: one cue per segment, its id above the times, the speaker as a voice, each task in a class of its own.

Reference: Web Video Text Tracks Format, https://www.w3.org/TR/webvtt1/. A page can give each task its look by
`::cue(.ekman)`. Times are whole milliseconds, confidences whole per cent, values have two places. `transcript` reads
captions of one's own.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import DataError
from ..prediction import Prediction
from . import _cues, _spans
from ._cues import Said

CARD = {
    "title": "WebVTT",
    "suffix": ".vtt",
    "passes": 1,
    "spans": True,
    "inputs": 1,
    "step_s": 0.001,
    "keeps": [
        "id",
        "start_s",
        "end_s",
        "track",
        "tasks.labels",
        "tasks.confidence",
        "tasks.abstain",
        "tasks.values",
    ],
    "loses": ["track.box", "track.quality", "track.detected"],
}

_HEAD = re.compile(r"WEBVTT(?:[ \t].*)?")
_VOICE = re.compile(r"<v(?:\.[^>\s]*)?\s+([^>]*)>")
_CLASS = re.compile(r"<c\.([^>\s]+)>(.*?)</c>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def write(predictions: Iterable[Prediction], file: BinaryIO) -> None:
    """Write a cue for each segment as it comes; what failed or says nothing is left out.

    Raises:
        UsageError: a prediction without a span, or a second input.
    """
    file.write(b"WEBVTT\n")
    for start, end, one in _spans.timed(predictions, CARD):
        times = f"{_cues.clock(start, '.')} --> {_cues.clock(end, '.')}"
        voice = f"<v {_text(_spans.name(one.track))}>" if one.track else ""
        told = [f"<c.{_spans.safe(id, ' <>')}>{_text(_spans.say(task))}</c>" for id, task in one.tasks.items()]
        file.write(f"\n{_spans.safe(one.id, '>')}\n{times}\n{voice}{_spans.APART.join(told)}\n".encode())


def _text(said: str) -> str:
    return said.replace("&", "&amp;")  # angle brackets are spelt already


def read(file: BinaryIO) -> Iterator[Prediction]:
    """The predictions, one by one.

    Raises:
        DataError: no WebVTT, or not in UTF-8.
    """
    for number, cue in enumerate(_cued(file.read(), "WebVTT"), 1):
        voice = _VOICE.search(cue.text)
        if classes := _CLASS.findall(cue.text):
            tasks = {_spans.unescaped(id): _spans.heard(html.unescape(said)) for id, said in classes}
        else:
            tasks = _spans.tasks(_plain(cue.text))
        track = _spans.track(html.unescape(voice[1])) if voice else None
        id = _spans.unescaped(cue.name) if cue.name else f"#{number}"
        yield Prediction(id, "", tasks, cue.start_s, cue.end_s, track)


def transcript(path: str | Path) -> list[Said]:
    """What captions of one's own say: (start_s, end_s, speaker, text), in the file's order.

    The speaker is the voice (<v Anna>); a cue with two voices gives two entries of the same times.

    Raises:
        InputError: no file, or an empty one.
        DataError: no WebVTT, or not in UTF-8.
    """
    found: list[Said] = []
    for cue in _cued(_cues.content(path, "WebVTT"), str(path)):
        first, *rest = _VOICE.split(cue.text)
        pairs = [(None, first), *zip(rest[::2], rest[1::2], strict=True)]
        for voice, text in pairs:
            own, _, after = text.partition("</v>")  # what follows the voice's end is nobody's
            found += [
                (cue.start_s, cue.end_s, html.unescape(who).strip() if who else None, said)
                for who, part in ((voice, own), (None, after))
                if (said := _plain(part))
            ]
    return found


def _plain(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", text)).split())


def _cued(data: bytes, title: str) -> Iterator[_cues.Cue]:
    text = _spans.decoded(data, title)
    first = text.split("\n")[0]
    if not _HEAD.fullmatch(first):
        raise DataError(f"WEBVTT in the first line of {title}", repr(first[:40]), "give a file of WebVTT")
    return _cues.cues(text, title, blanks=False)
