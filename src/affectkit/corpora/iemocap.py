"""IEMOCAP: about 10,000 turns of ten actors in acted conversations, with every rater's emotions and dimensions.

Reference: Busso et al., IEMOCAP: Interactive Emotional Dyadic Motion Capture Database, Language Resources and
Evaluation 42, 2008. Task `iemocap` is the published label, a majority; "xxx", no majority, has no value and a note.
`iemocap.raters` is what each rater chose, in equal shares where it was several names; `iemocap.self` is what an actor
chose for himself. The same three for valence, arousal (there activation) and dominance from 1 to 5: `iemocap.vad` is
the published mean, `.raters` and `.self` what it is told by (the mean is of the raters alone).
Read from the release's transcriptions and EmoEvaluation; a sample's context is every earlier turn of its dialogue, by
its start. A turn's sound is read where its file lies in sentences/wav.
There is no official split: leave one session out.
Known faults: scripted plays are acted again in every session, so that sentences lie on both sides of any split by
session (group `script`); only some actors rated themselves; raters watched the whole dialogue in order; transcripts
hold marks such as [LAUGHTER]; where both talk at once, the other is heard in a turn's sound too. Merging excited with
happiness, as work with four names does, is left to the reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .. import hub
from ..errors import DataError
from ..sample import Media, Rating, Sample, Value
from ..task import Kind, Task, View
from ..taxonomies import vad
from ..taxonomies.iemocap import NAMES
from . import layout, write
from ._acted import clip

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "IEMOCAP",
    "reference": "busso2008iemocap",
    "url": "https://sail.usc.edu/iemocap/",
    "folder": "text/iemocap",
    "modalities": ["text", "speech"],
    "languages": ["en"],
    "licence": "on request, for research only",
    "split": "none official; leave one of the five sessions out (it keeps speakers whole, not scripts)",
    "groups": ["dialogue", "script", "session", "speaker"],
    "disjoint": [],
    "limits": ["acted conversations of ten actors"],
    "raters": "three or so per turn, by name (E1 to E6, one id one person); the actors themselves for some",
}

_SHOWN = ("text", "speech", "video")
_SCALE = (1.0, 5.0)


def _names(id: str, kind: Kind, view: View) -> Task:
    return Task(id, target="emotion", kind=kind, scheme="iemocap", names=NAMES, view=view, shown=_SHOWN)


def _dimensions(id: str, view: View) -> Task:
    return Task(
        id,
        target="dimensions",
        kind=Kind.CONTINUOUS,
        scheme="vad",
        names=vad.NAMES,
        range=_SCALE,
        view=view,
        shown=_SHOWN,
    )


TASKS = (
    _names("iemocap", Kind.SINGLE, View.PERCEIVED),
    _names("iemocap.raters", Kind.DISTRIBUTION, View.PERCEIVED),
    _names("iemocap.self", Kind.DISTRIBUTION, View.FELT),
    _dimensions("iemocap.vad", View.PERCEIVED),
    _dimensions("iemocap.vad.raters", View.PERCEIVED),
    _dimensions("iemocap.vad.self", View.FELT),
)
_LAYOUTS = {"official": ("Session1/dialog/EmoEvaluation", "Session1/dialog/transcriptions")}
_HEAD = re.compile(r"\[([\d.]+) - ([\d.]+)\]\s+(\S+)\s+(\w+)\s+\[([\d.]+), ([\d.]+), ([\d.]+)\]")
_VOTE = re.compile(r"([CA])-([EFM])(\d+):\s*(.*?)\s*\((.*)\)\s*$")
_NUMBERS = re.compile(r"val\s+([\d.]+);\s*act\s+([\d.]+);\s*dom\s+([\d.]+);")
_SAID = re.compile(r"(\S+)\s+\[[\d.]+-[\d.]+\]:\s*(.*\S)")
_UNDECIDED = "xxx"


@dataclass(frozen=True, slots=True)
class _Turn:
    id: str
    start_s: float
    ratings: tuple[Rating, ...]


def rows(root: Path) -> Iterator[Sample]:
    """Samples session by session and dialogue by dialogue, from the release's folders Session1 to Session5.

    Raises:
        DataError: a rated turn without its words.
    """
    layout(root, _LAYOUTS)
    scheme = hub.scheme("iemocap")
    for session in sorted(root.glob("Session[0-9]")):
        # hidden files are what an archive of another system leaves
        for file in sorted((session / "dialog" / "EmoEvaluation").glob("Ses*.txt")):
            words = _words(session / "dialog" / "transcriptions" / file.name)
            said: list[str] = []
            for turn in sorted(_turns(file, scheme), key=lambda t: t.start_s):
                if turn.id not in words:
                    raise DataError(f"the words of {turn.id}", "none in transcriptions", "get the corpus again")
                media = {"text": Media(text=words[turn.id])} | _sound(session, turn.id)
                yield Sample(turn.id, media, turn.ratings, _groups(turn.id), context=tuple(said))
                said.append(turn.id)


def _sound(session: Path, id: str) -> dict[str, Media]:
    """The turn's own file, where the release's sound is there."""
    file = session / "sentences" / "wav" / _groups(id)["dialogue"] / f"{id}.wav"
    return {"speech": Media(path=str(file))} if file.is_file() else {}


def _groups(id: str) -> dict[str, str]:
    """Ses01F_script02_1_M003: the markers are worn by F, the turn is said by M."""
    dialogue, _, turn = id.rpartition("_")
    session, _, script = dialogue.partition("_")
    number = session.rstrip("FM")
    return {"dialogue": dialogue, "script": script, "session": number, "speaker": f"{number}_{turn[0]}"}


def _words(file: Path) -> dict[str, str]:
    lines = file.read_text(encoding="latin-1").splitlines()
    return {found[1]: found[2] for line in lines if (found := _SAID.match(line))}


def _turns(file: Path, scheme: hub.Scheme) -> Iterator[_Turn]:
    """The turns of an EmoEvaluation file: a head line each, and below it a line per rater."""
    head: re.Match[str] | None = None
    votes: list[Rating] = []
    for line in file.read_text(encoding="latin-1").splitlines():
        if found := _HEAD.match(line):
            if head is not None:
                yield _turn(head, votes, scheme)
            head, votes = found, []
        elif head is not None and (vote := _VOTE.match(line)):
            votes.append(_vote(vote, head[3], scheme))
    if head is not None:
        yield _turn(head, votes, scheme)


def _turn(head: re.Match[str], votes: list[Rating], scheme: hub.Scheme) -> _Turn:
    start, _, id, label, *numbers = head.groups()
    undecided = label == _UNDECIDED
    name = None if undecided else scheme.names[scheme.column(label)]
    note = "no majority" if undecided else None
    official = (
        Rating("iemocap", name, rater="consensus", rule="majority", note=note),
        Rating("iemocap.vad", tuple(map(float, numbers)), rater="consensus", rule="mean of raters"),
    )
    return _Turn(id, float(start), (*official, *votes))


def _vote(vote: re.Match[str], turn: str, scheme: hub.Scheme) -> Rating:
    what, who, number, value, comment = vote.groups()
    own = who != "E"
    task = {"C": "iemocap", "A": "iemocap.vad"}[what] + (".self" if own else ".raters")
    rater = f"{_groups(turn)['session']}_{who}" if own else f"E{number}"
    read = {"C": _chosen, "A": _scaled}[what](value, scheme)
    return Rating(task, read, rater=rater, note=comment or (None if read is not None else "incomplete"))


def _chosen(text: str, scheme: hub.Scheme) -> Value:
    names = list(dict.fromkeys(scheme.names[scheme.column(n)] for n in text.split(";") if n.strip()))
    return None if not names else {name: 1 / len(names) for name in names}


def _scaled(text: str, scheme: hub.Scheme) -> Value:
    found = _NUMBERS.match(text)
    return None if found is None else tuple(map(float, found.groups()))


def fake(root: Path, rng: np.random.Generator, sound: bool = False) -> None:
    """Write a tiny synthetic imitation: 2 sessions of 3 dialogues; a turn's words give its emotion away.

    With `sound`, a turn is a tone whose pitch goes with its emotion.
    """
    codes = ("ang", "hap", "exc", "sad", "fru", "fea", "sur", "dis", "neu", "oth")
    write(root / "README.txt", "An imitation of IEMOCAP.\n")
    for session in (1, 2):
        for dialogue in ("F_impro01", "M_impro02", "F_script01_1"):
            name = f"Ses{session:02}{dialogue}"
            said: list[str] = []
            rated = ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]", ""]
            for turn in range(rng.integers(4, 9)):
                at, who = 3.5 * turn + 1, "FM"[turn % 2]
                id, emotion = f"{name}_{who}{turn:03}", int(rng.integers(0, len(NAMES)))
                values = rng.integers(1, 6, size=(2, 3)).tolist()
                mean = ", ".join(f"{(a + b) / 2:.4f}" for a, b in zip(*values, strict=True))
                label = _UNDECIDED if turn == 1 else codes[emotion]
                said.append(f"{id} [{at:08.4f}-{at + 3:08.4f}]: It's {NAMES[emotion]} once more, turn {turn}.")
                rated += [f"[{at:.4f} - {at + 3:.4f}]\t{id}\t{label}\t[{mean}]"]
                if sound:
                    wav = root / f"Session{session}" / "sentences" / "wav" / name / f"{id}.wav"
                    write(wav, clip(rng, 100 * (emotion + 1)))
                second = NAMES[(emotion + 1) % len(NAMES)].capitalize()
                for rater, more in (("E1", ""), ("E2", f" {second};" if turn == 2 else ""), (f"{who}1", "")):
                    rated += [f"C-{rater}:\t{NAMES[emotion].capitalize()};{more}\t()"]
                for rater, (v, a, d) in zip(("E1", "E2", f"{who}1"), (*values, values[0]), strict=True):
                    rated += [f"A-{rater}:\tval {v}; act {a}; dom  {d};\t(calm)"]
                rated += [""]
            said.insert(1, "M: [LAUGHTER]")
            folder = root / f"Session{session}" / "dialog"
            write(folder / "EmoEvaluation" / f"{name}.txt", "\n".join(rated))
            write(folder / "transcriptions" / f"{name}.txt", "\n".join(said) + "\n")
