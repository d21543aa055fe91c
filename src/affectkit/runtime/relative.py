"""Scores in relation to the same voice: what a voice always sounds like says little of how it sounds now.

Taken off a voice's outputs is what makes all names equally likely over its windows together, so that what is left says
when it sounds more like one of them than it does otherwise. (The mean of the outputs is where the search begins, and
nearly does the same; but where a voice is mostly far from a name, the mean of the outputs overdoes it.) It is done
where a voice has enough windows (the card says how many) and is told of in more than one piece: the segments of a
recording, or several recordings of one known speaker. A single answer for a whole voice is left as it is, since its
difference to its own usual is nothing.
Reference: Sinkhorn, 1964 (rows and columns scaled in turn); Saerens, Latinne and Decaestecker, Adjusting the Outputs of
a Classifier to New a Priori Probabilities, 2002, of which this is the reverse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np

from ..analysis.calibration import softmax
from .say import Floats

SPEAKER = "speaker"
"""What predictions say they are relative to."""

T = TypeVar("T")
Means = Mapping[str, Floats]
"""Output -> (k,) the usual of a voice; outputs that are left as they are do not stand there."""

_ROUNDS, _EXACT = 200, 1e-6
_LEAST = 1e-9  # a share below it counts as this much


def usual(rows: Floats) -> Floats:
    """(k,) what is taken off a voice's outputs (w, k), logits, so that all names are as likely in the mean."""
    taken: Floats = rows.mean(0)
    for _ in range(_ROUNDS):
        step = np.log(np.maximum(softmax(rows - taken).mean(0), _LEAST) * len(taken))
        taken = taken + step
        if np.abs(step).max() < _EXACT:
            break
    return taken


def means(outputs: Sequence[Mapping[str, Floats]], least: Mapping[str, int]) -> dict[str, Floats]:
    """The usual of a voice over all its windows, outputs (w, k) of one or more recordings, where there are enough."""
    found = {}
    for name, fewest in least.items():
        rows = np.concatenate([its[name] for its in outputs]) if outputs else np.zeros((0, 0))
        if len(rows) >= fewest:
            found[name] = usual(rows)
    return found


def centred(outputs: Mapping[str, Floats], taken: Means) -> dict[str, Floats]:
    """Outputs (w, k) or (k,) without the usual of their voice."""
    return {name: values - taken[name] if name in taken else values for name, values in outputs.items()}


def by_speaker(
    things: Iterable[T],
    speaker: Callable[[T], str | None],
    outputs: Callable[[T], Sequence[Mapping[str, Floats]]],
    least: Mapping[str, int],
) -> Iterator[tuple[T, Means]]:
    """Each thing, in its order, with the usual of its speaker; none for a speaker of one thing only.

    From the first thing of a known speaker on, all are kept until the last has come.
    """
    held: list[T] = []
    for thing in things:
        if held or speaker(thing) is not None:
            held.append(thing)
        else:
            yield thing, {}
    voices: dict[str, list[Sequence[Mapping[str, Floats]]]] = {}
    for thing in held:
        if (who := speaker(thing)) is not None and (its := outputs(thing)):
            voices.setdefault(who, []).append(its)
    taken = {who: means([part for its in each for part in its], least) for who, each in voices.items() if len(each) > 1}
    for thing in held:
        yield thing, taken.get(speaker(thing) or "", {})
