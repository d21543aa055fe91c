"""What several modalities say of the same time, in words: who agrees, who differs, how far, with the numbers.

"the face looks happy (joy 0.81) while the voice sounds angry (anger 0.64); they differ by 0.55 of 1"

The number is `Modalities.disagreement` (`runtime/fusion.py` has its formula), and each share in brackets is the mean
over that modality's predictions of the span, in the coarse names of the hub, weighted by confidence and length. A label
is said as what is seen, heard or read, not as what anybody feels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .. import hub
from ..errors import DataError
from ..prediction import Prediction, TaskPrediction
from ..task import Kind

_SCHEME = "plutchik_neutral"
_WORDS: Mapping[str, str] = {
    "joy": "happy",
    "trust": "trusting",
    "fear": "afraid",
    "surprise": "surprised",
    "sadness": "sad",
    "disgust": "disgusted",
    "anger": "angry",
    "anticipation": "expectant",
    "neutral": "neutral",
}
_VERBS: Mapping[str, str] = {
    "face": "the face looks",
    "body": "the posture looks",
    "scene": "the scene looks",
    "speech": "the voice sounds",
    "music": "the music sounds",
    "text": "the words read as",
}
"""Modality -> how one speaks of it; another one is spoken of by its name."""
_NAMED = (Kind.SINGLE, Kind.MULTI, Kind.DISTRIBUTION)
_LITTLE = 0.15  # disagreement below which modalities say the same
_MUCH = 0.35  # and from which they contradict each other


@dataclass(frozen=True, slots=True)
class Said:
    """What one modality says: the first coarse name, and its share in [0, 1]."""

    modality: str
    label: str
    share: float

    def __str__(self) -> str:
        verb = _VERBS.get(self.modality, f"the {self.modality} seems")
        return f"{verb} {_WORDS[self.label]} ({self.label} {self.share:.2f})"


def sentence(said: Sequence[Said], disagreement: float | None) -> str:
    """What modalities say, the surest first, and how far they differ; None where they never spoke at once.

    Raises:
        DataError: a label that is no coarse name, or a disagreement outside [0, 1].
    """
    for one in said:
        if one.label not in _WORDS:
            raise DataError(f"a label among {', '.join(_WORDS)}", repr(one.label), "convert it first")
    if disagreement is not None and not 0 <= disagreement <= 1:
        raise DataError("a disagreement in [0, 1]", f"{disagreement:g}", "give that of a fused prediction")
    if not said:
        return "nothing was said"
    order = sorted(said, key=lambda one: -one.share)
    if len(order) == 1:
        return f"{order[0]}; nothing else was there to compare with"
    groups: dict[str, list[Said]] = {}
    for one in order:
        groups.setdefault(one.label, []).append(one)
    clauses = [_listed([str(one) for one in its]) for its in groups.values()]
    if disagreement is None:
        return f"{'; '.join(clauses)}; they never spoke at the same time"
    # one label for both is no contradiction, whatever else they are in doubt about
    joint = " while " if len(groups) > 1 and disagreement >= _LITTLE else ", "
    return f"{joint.join(clauses)}; {_apart(disagreement)}"


def told(fused: Prediction, rows: Iterable[Prediction]) -> str:
    """The sentence of a fused prediction, from the rows of its modalities alone; those of other times are left out."""
    return sentence(said(fused, rows), fused.modalities.disagreement)


def said(fused: Prediction, rows: Iterable[Prediction]) -> list[Said]:
    """What each modality of a fused prediction says in its time, from the rows of its modalities alone."""
    its: dict[str, list[tuple[float, np.ndarray]]] = {}
    for row in rows:
        shares = _coarse(row.tasks) if len(row.modalities.used) == 1 else None
        weight = _weight(row, fused)
        if shares is not None and weight > 0 and row.modalities.used[0] in fused.modalities.used:
            its.setdefault(row.modalities.used[0], []).append((weight, shares))
    found = []
    for name, pairs in its.items():
        mean = np.average([shares for _, shares in pairs], 0, [weight for weight, _ in pairs])
        found.append(Said(name, hub.COARSE[int(mean.argmax())], float(mean.max())))
    return found


def _apart(disagreement: float) -> str:
    if disagreement < _LITTLE:
        return f"they agree (they differ by {disagreement:.2f} of 1)"
    word = "contradict each other" if disagreement >= _MUCH else "differ"
    return f"they {word} (by {disagreement:.2f} of 1)"


def _listed(clauses: Sequence[str]) -> str:
    return clauses[0] if len(clauses) == 1 else f"{', '.join(clauses[:-1])} and {clauses[-1]}"


def _coarse(tasks: Mapping[str, TaskPrediction]) -> np.ndarray | None:
    """(9,) the shares of the first task with names of a label scheme."""
    task = next(
        (t for t in tasks.values() if t.scheme and t.scores and t.kind in _NAMED and not t.converted_from), None
    )
    if task is None or task.scores is None:
        return None
    found = hub.convert(dict(task.scores), task.scheme, _SCHEME, task.kind).scores
    row = np.asarray([found.get(name, 0.0) for name in hub.COARSE])
    return row / row.sum() if row.sum() > 0 else None


def _weight(row: Prediction, fused: Prediction) -> float:
    """Confidence times the seconds that a row shares with the fused span; a row without times is of all of it."""
    sure = next((task.confidence for task in row.tasks.values() if task.confidence is not None), 0.5)
    if row.start_s is None or row.end_s is None:
        return sure
    start_s = row.start_s if fused.start_s is None else max(row.start_s, fused.start_s)
    end_s = row.end_s if fused.end_s is None else min(row.end_s, fused.end_s)
    return sure * max(end_s - start_s, 0.0)
