"""CEAP-360VR: what 32 people felt, moment by moment, in eight 360-degree clips of a minute, on a scale from 1 to 9.

Reference: Xue, El Ali, Zhang, Ding and Cesar, CEAP-360VR: A Continuous Physiological and Behavioral Emotion Annotation
Dataset for 360 VR Videos, IEEE Transactions on Multimedia 2021. A sample is a clip. Task `ceap360vr` has a trace of
valence and arousal per person, about eight values a second, moved with a joystick within the headset; `ceap360vr.sam`
what each of them said after the clip, on the Self-Assessment Manikin; `ceap360vr.pilot` the means of a study before.
The official layout is that of the release on GitHub (Transformed annotations, questionnaires, VideoInfo.json), the
compact one a Parquet file with two tables. Clips are read from Videos (compact: videos) where somebody put them, under
names that begin with their id (V1.mp4, "V1 - Puppies.mp4"); without them a sample has no media.
Differs from the release: times count from the first value of each trace, which stands there about 0.15 s after the
clip's start; the clip of the training round, V0, nobody rated. Heart rate, skin, gaze and head are not read.
Known faults: the stick rests in the middle, 5, where every trace begins and to which it falls back when let go, so that
traces agree a little for that reason alone; one version of VideoInfo.json exchanges the titles of V2 and V5, and of
V4 and V7.
"""

from __future__ import annotations

import io
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import find
from ..errors import DataError
from ..sample import Media, Rating, Sample, Series
from ..task import Grain, Kind, Task, View
from . import _clips, layout, read_csv, write, write_csv

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "CEAP-360VR",
    "reference": "xue2021ceap",
    "url": "https://github.com/cwi-dis/CEAP-360VR-Dataset",
    "folder": "video/ceap360vr",
    "modalities": ["scene"],
    "languages": [],
    "licence": "CC BY-NC 4.0 by its text, CC BY-NC-SA 4.0 by its link",
    "split": "none; eight clips that the same 32 people saw",
    "groups": ["stimulus"],
    "disjoint": ["stimulus"],
    "limits": ["eight clips of a minute", "one study, mostly students", "the stick rests in the middle of the scale"],
    "raters": "32 people, each of all clips, with ids (P01 to P32)",
}

_NAMES = ("valence", "arousal")
TASKS = tuple(
    Task(
        id,
        target="dimensions",
        kind=Kind.CONTINUOUS,
        scheme="vad_1_9",
        names=_NAMES,
        range=(1.0, 9.0),
        view=View.FELT,
        grain=grain,
    )
    for id, grain in (("ceap360vr", Grain.FRAME), ("ceap360vr.sam", Grain.SAMPLE), ("ceap360vr.pilot", Grain.SAMPLE))
)
_TRACES, _ASKED, _INFO = "3_AnnotationData/Transformed", "2_QuestionnaireData", "1_Stimuli/VideoInfo.json"
_LAYOUTS = {"compact": ("continuous.parquet", "labels.csv", "videos.csv"), "official": (_TRACES, _ASKED, _INFO)}
_VIDEOS = {"compact": "videos", "official": "1_Stimuli/Videos"}
_ID = re.compile(r"V\d+")
_AGAIN = "get the corpus again"


@dataclass
class _Clip:
    """What was said of a clip: person -> trace, person -> what was said afterwards; means of the study before."""

    traces: dict[str, Series] = field(default_factory=dict)
    after: dict[str, tuple[float, ...]] = field(default_factory=dict)
    before: tuple[float, ...] = ()


def rows(root: Path) -> Iterator[Sample]:
    """Samples by clip, V1 to V8, compact (a Parquet file) or official (the folders of the release).

    Raises:
        MissingExtra: the compact layout is read by pyarrow, which the extra `analysis` brings.
        DataError: values that are no numbers, or a clip that VideoInfo does not know.
    """
    found = layout(root, _LAYOUTS)
    clips = {"compact": _compact, "official": _official}[found](root)
    media = _media(root / _VIDEOS[found])
    for id in sorted((id for id in clips if clips[id].traces), key=lambda id: int(id[1:])):
        clip = clips[id]
        if not clip.before:
            raise DataError(f"the clip {id} among those of the videos' table", "none", _AGAIN)
        ratings = [Rating("ceap360vr", clip.traces[who], rater=who) for who in sorted(clip.traces)]
        ratings += [Rating("ceap360vr.sam", clip.after[who], rater=who) for who in sorted(clip.after)]
        ratings.append(Rating("ceap360vr.pilot", clip.before, rater="consensus", rule="mean"))
        yield Sample(id, media.get(id, {}), tuple(ratings), {"stimulus": id})


def _media(folder: Path) -> dict[str, dict[str, Media]]:
    files = sorted(folder.glob("*.mp4")) if folder.is_dir() else ()
    return {id[0]: {"scene": Media(path=str(file))} for file in files if (id := _ID.match(file.name))}


def _compact(root: Path) -> Mapping[str, _Clip]:
    import numpy as np

    parquet = find.library("pyarrow.parquet", "the compact layout of CEAP-360VR", "analysis")
    table = parquet.read_table(root / "continuous.parquet").to_pydict()
    clips: defaultdict[str, _Clip] = defaultdict(_Clip)
    missing = [c for c in ("participant", "video", "t", *_NAMES) if c not in table]
    if missing:
        raise DataError(f"the column {missing[0]!r} in continuous.parquet", ", ".join(table), _AGAIN)
    where: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for at, key in enumerate(zip(table["participant"], table["video"], strict=True)):
        where[key].append(at)
    values, t_s = np.asarray([table[name] for name in _NAMES], np.float32).T, np.asarray(table["t"], np.float32)
    for (who, id), at_rows in where.items():
        clips[id].traces[who] = _trace(values[at_rows], t_s[at_rows], who, id)
    for row in read_csv(root / "labels.csv", ("participant", "video", "sam_valence", "sam_arousal")):
        clips[row["video"]].after[row["participant"]] = _pair(row, ("sam_valence", "sam_arousal"))
    for row in read_csv(root / "videos.csv", ("VideoID", "PilotStudyValence", "PilotStudyArousal")):
        clips[row["VideoID"]].before = _pair(row, ("PilotStudyValence", "PilotStudyArousal"))
    return clips


def _official(root: Path) -> Mapping[str, _Clip]:
    clips: defaultdict[str, _Clip] = defaultdict(_Clip)
    for file in sorted((root / _TRACES).glob("P*_Annotation_TransData.json")):
        for person in _listed(file, "ContinuousAnnotation_TransData"):
            who = _who(person, file)
            for one in _of(person, "Video_Annotation_TransData", file):
                id, cells = str(one.get("VideoID")), _of(one, "TimeStamp_Valence_Arousal", file)
                pairs = [_pair(cell, ("Valence", "Arousal")) for cell in cells]
                t_s = [_pair(cell, ("TimeStamp",))[0] for cell in cells]
                clips[id].traces[who] = _trace(pairs, t_s, who, id)
    for file in sorted((root / _ASKED).glob("P*_Questionnaire_Data.json")):
        for person in _listed(file, "QuestionnaireData"):
            for one in _of(person, "Video_SAMRating_VideoTime_Data", file):
                said = _pair(one, ("ValenceValue", "ArousalValue"))
                clips[str(one.get("VideoID"))].after[_who(person, file)] = said
    for one in _listed(root / _INFO, "VideoInfo"):
        clips[str(one.get("VideoID"))].before = _pair(one, ("PilotStudyValence", "PilotStudyArousal"))
    return clips


def _trace(values: Any, t_s: Any, who: str, id: str) -> Series:
    import numpy as np

    first = np.asarray(t_s, np.float32)  # as the compact file keeps them
    told = np.round(first.astype(np.float64), 3)
    return _clips.series(values, np.round(told - told[:1], 3), f"{who} and {id}")


def _pair(row: Mapping[str, Any], columns: Sequence[str]) -> tuple[float, ...]:
    try:
        return tuple(float(row[column]) for column in columns)
    except (KeyError, TypeError, ValueError) as error:
        found = ", ".join(repr(row.get(column)) for column in columns)
        raise DataError(f"numbers in {', '.join(columns)}", found, _AGAIN) from error


def _listed(file: Path, key: str) -> list[Mapping[str, Any]]:
    """The list under a key of a JSON file."""
    try:
        return _of(json.loads(file.read_text(encoding="utf-8")), key, file)
    except ValueError as error:
        raise DataError(f"whole JSON in {file.name}", str(error), _AGAIN) from error


def _of(held: Any, key: str, file: Path) -> list[Mapping[str, Any]]:
    found = held.get(key) if isinstance(held, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise DataError(f"a list under {key!r} in {file.name}", "none", _AGAIN)
    return found


def _who(person: Mapping[str, Any], file: Path) -> str:
    """P1 as P01, so that people sort as they count."""
    named = re.fullmatch(r"P(\d+)", str(person.get("ParticipantID")))
    if named is None:
        raise DataError(f"a ParticipantID such as P1 in {file.name}", repr(person.get("ParticipantID")), _AGAIN)
    return f"P{int(named[1]):02}"


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: six people follow the course of three clips of 20 s, each a little later."""
    import numpy as np

    clips, people = ("V1", "V2", "V3"), [f"P{i:02}" for i in range(1, 7)]
    t_s = np.round(np.arange(160) * 0.125, 3)
    traces, after = {}, {}
    for number, id in enumerate(clips):
        phase = rng.uniform(0, 6, 2)
        for late, who in enumerate(people):
            course = np.sin((t_s[:, None] - 0.3 * late) * (0.4 + 0.15 * number) + phase)
            values = 5 + 2.5 * course * np.minimum(t_s[:, None], 1) + rng.normal(0, 0.2, (len(t_s), 2))
            traces[who, id] = np.clip(values, 1, 9).round(3)
            after[who, id] = np.clip(np.rint(traces[who, id].mean(0)), 1, 9).astype(int).tolist()
    info = [
        {"VideoID": id, "VideoFileName": f"A drawn clip {id}", "FrameRate": 25, "PilotStudyValence": v}
        | {"PilotStudyArousal": a}
        for id, (v, a) in zip(("V0", *clips), rng.uniform(2, 8, (4, 2)).round(2).tolist(), strict=True)
    ]
    for id in clips:
        write(root / _VIDEOS[layout] / f"{id}.mp4", _clips.video(rng, (64, 32), (0,)))
    {"compact": _fake_compact, "official": _fake_official}[layout](root, t_s, traces, after, info)


Traces = Mapping[tuple[str, str], Any]


def _fake_compact(root: Path, t_s: Any, traces: Traces, after: Traces, info: Sequence[Mapping[str, Any]]) -> None:
    import numpy as np

    arrow = find.library("pyarrow", "the compact layout of CEAP-360VR", "analysis")
    parquet = find.library("pyarrow.parquet", "the compact layout of CEAP-360VR", "analysis")
    columns: dict[str, list[Any]] = {"participant": [], "video": []}
    for who, id in traces:
        columns["participant"] += [who] * len(t_s)
        columns["video"] += [id] * len(t_s)
    whole = np.concatenate(list(traces.values())).astype(np.float32)
    numbers = {"t": np.tile(t_s, len(traces)).astype(np.float32), "valence": whole[:, 0], "arousal": whole[:, 1]}
    packed = io.BytesIO()
    parquet.write_table(arrow.table(columns | numbers), packed)
    write(root / "continuous.parquet", packed.getvalue())
    labels = [
        {"participant": who, "video": id, "sam_valence": v, "sam_arousal": a} for (who, id), (v, a) in after.items()
    ]
    write_csv(root / "labels.csv", labels)
    write_csv(root / "videos.csv", info)


def _fake_official(root: Path, t_s: Any, traces: Traces, after: Traces, info: Sequence[Mapping[str, Any]]) -> None:
    for who in dict.fromkeys(who for who, _ in traces):
        bare = f"P{int(who[1:])}"
        told = [
            {
                "VideoID": id,
                "TimeStamp_Valence_Arousal": [
                    {"TimeStamp": round(t + 0.15, 3), "Valence": v, "Arousal": a}  # after the start, as in the source
                    for t, (v, a) in zip(t_s.tolist(), values.tolist(), strict=True)
                ],
            }
            for (whose, id), values in traces.items()
            if whose == who
        ]
        held = {"ContinuousAnnotation_TransData": [{"ParticipantID": bare, "Video_Annotation_TransData": told}]}
        write(root / _TRACES / f"{bare}_Annotation_TransData.json", json.dumps(held))
        said = [
            {"VideoID": id, "ValenceValue": v, "ArousalValue": a}
            for (whose, id), (v, a) in after.items()
            if whose == who
        ]
        asked = {"QuestionnaireData": [{"ParticipantID": bare, "Video_SAMRating_VideoTime_Data": said}]}
        write(root / _ASKED / f"{bare}_Questionnaire_Data.json", json.dumps(asked))
    write(root / _INFO, json.dumps({"VideoInfo": info}))
