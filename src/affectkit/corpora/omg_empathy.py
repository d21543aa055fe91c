"""OMG-Empathy: ten listeners hear eight stories and say, frame by frame, how pleasant they felt while listening.

Reference: Barros, Churamani, Lim and Wermter, The OMG-Empathy Dataset: Evaluating the Impact of Affective Behavior in
Storytelling, ACII 2019. A sample is one listener with one story; its one rating is the listener's own, given with a
joystick while watching the recording afterwards. A video shows both people beside each other, 2560 x 720 pixels: `face`
is the listener's part (from 1080 px on), `speech` the sound, in which mostly the actor speaks.
The official layout is that of the whole download: OMG_Empathy2019 with Training (stories 2, 4, 5, 8) and Validation
(story 1), OMG_Empathy2019_testSet (3, 6, 7), whose annotations came later and lie in Annotations; without them there is
no test part. Values have no times: one stands for each frame, 25 of them a second.
Protocols (`affectkit empathy`): concordance per clip, then the mean over each listener's stories (personalised track)
or each story's listeners (generalised track).
Known faults: the split is by story, and all listeners stand in every part; what was felt is flat for long spans.
The layout was read from descriptions and others' programs, not from the files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Grain, Kind, Task, View
from . import _clips, layout, read_csv, write, write_csv

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "OMG-Empathy",
    "reference": "barros2019omg",
    "url": "https://www2.informatik.uni-hamburg.de/wtm/omgchallenges/omg_empathy.html",
    "folder": "video/omg_empathy",
    "modalities": ["face", "speech"],
    "languages": ["en"],
    "licence": "CC BY-NC-SA 3.0 DE; research only, by request, not to be passed on",
    "split": "official, by story (4 / 1 / 3 stories: 40 / 10 / 30 clips); the same ten listeners are in every part",
    "groups": ["listener", "story"],
    "disjoint": ["story"],
    "limits": ["ten listeners, four actors, eight stories", "what was felt is flat for long spans"],
    "raters": "the listener of each clip (Subject_1 to Subject_10), afterwards",
}

TASKS = (
    Task(
        "omg_empathy",
        target="dimensions",
        kind=Kind.CONTINUOUS,
        scheme="vad",
        names=("valence",),
        range=(-1.0, 1.0),
        view=View.FELT,
        grain=Grain.FRAME,
    ),
)
RATE_HZ = 25.0
"""Values a second: one for each frame of the videos."""
LISTENER_PX = (1080, 0, 2560, 720)
"""The listener's part of a frame: left, top, right, bottom."""
NAME = re.compile(r"Subject_(\d+)_Story_(\d+)")
_TRAIN, _VALIDATION = "OMG_Empathy2019/Training", "OMG_Empathy2019/Validation"
_LAYOUTS = {"official": (f"{_TRAIN}/Annotations", f"{_VALIDATION}/Annotations")}
_PARTS = {
    "train": (f"{_TRAIN}/Annotations", f"{_TRAIN}/Videos"),
    "dev": (f"{_VALIDATION}/Annotations", f"{_VALIDATION}/Videos"),
    "test": ("Annotations", "OMG_Empathy2019_testSet/Videos"),
}
"""Split -> folders of its annotations and videos."""
_FAKE_STORIES = {"train": (2, 4, 5, 8), "dev": (1,), "test": (3, 6, 7)}


def rows(root: Path) -> Iterator[Sample]:
    """Samples by part, listener and story.

    Raises:
        DataError: an annotation under another name, without the column `valence`, or with a cell that is no number.
    """
    layout(root, _LAYOUTS)
    for split, (told, shown) in _PARTS.items():
        named = {numbers(file): file for file in (root / told).glob("*.csv")}
        for (listener, story), file in sorted(named.items()):
            video = root / shown / f"{file.stem}.mp4"
            there = video.is_file()
            path = str(video)
            media = {"face": Media(path=path, box=LISTENER_PX), "speech": Media(path=path)} if there else {}
            values = valence(file)
            t_s = [i / RATE_HZ for i in range(len(values))]
            who = f"Subject_{listener}"
            rating = Rating("omg_empathy", _clips.series([[v] for v in values], t_s, file.name), rater=who)
            yield Sample(file.stem, media, (rating,), {"listener": who, "story": f"Story_{story}"}, split)


def numbers(file: Path) -> tuple[int, int]:
    """Listener and story of a file named Subject_1_Story_2.

    Raises:
        DataError: it is named otherwise.
    """
    found = NAME.fullmatch(file.stem)
    if found is None:
        raise DataError("a name such as Subject_1_Story_2.csv", file.name, "rename it or take it out of the folder")
    return int(found[1]), int(found[2])


def valence(file: Path) -> list[float]:
    """The values of an annotation, or of somebody's predictions in the same form: one per frame below `valence`.

    Raises:
        DataError: another heading, no value, or a cell that is no finite number.
    """
    import math

    found = []
    for number, row in enumerate(read_csv(file, ("valence",)), 1):
        try:
            value = float(row["valence"])
        except (TypeError, ValueError):
            value = math.nan
        if not math.isfinite(value):
            raise DataError(f"a number in row {number} of {file.name}", repr(row["valence"]), "correct the file")
        found.append(value)
    if not found:
        raise DataError(f"one value per frame in {file.name}", "none", "correct the file")
    return found


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a synthetic imitation: ten listeners who follow the course of eight stories, each late and strong in their
    own way, for ten seconds; the one drawn video that stands for all shows the first ten frames only.
    """
    import numpy as np

    frames = int(10 * RATE_HZ)
    film = _clips.video(rng, (2560, 720), (0, LISTENER_PX[0]))
    late, strength = rng.integers(0, 60, 10), rng.uniform(0.3, 1.0, 10)
    for split, stories in _FAKE_STORIES.items():
        told, shown = _PARTS[split]
        for story in stories:
            course = np.convolve(rng.normal(0, 1, frames + 120), np.hanning(61) / 5.5, mode="valid")
            for listener in range(10):
                felt = course[60 - late[listener] :][:frames] * strength[listener]
                name = f"Subject_{listener + 1}_Story_{story}"
                values = np.clip(felt + rng.normal(0, 0.02, frames), -1, 1).round(4).tolist()
                write_csv(root / told / f"{name}.csv", [{"valence": v} for v in values])
                write(root / shown / f"{name}.mp4", film)
