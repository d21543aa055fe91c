"""Scores in relation to the same voice: what a voice always sounds like says little of how it sounds now.

The mean of a voice's own outputs is taken off each of its windows, and the card's centre, the mean over voices of the
training data, is put in its place. It is done where a voice has enough windows (the card says how many) and is told of
in more than one piece: the segments of a recording, or several recordings of one known speaker. A single answer for a
whole voice is left as it is, since its difference to its own mean is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np

from .say import Floats

SPEAKER = "speaker"
"""What predictions say they are relative to."""

T = TypeVar("T")
Means = Mapping[str, Floats]
"""Output -> (k,) mean of a voice; outputs that are left as they are do not stand there."""


def means(outputs: Sequence[Mapping[str, Floats]], least: Mapping[str, int]) -> dict[str, Floats]:
    """The means of a voice over all its windows, outputs (w, k) of one or more recordings, where there are enough."""
    found = {}
    for name, fewest in least.items():
        rows = np.concatenate([its[name] for its in outputs]) if outputs else np.zeros((0, 0))
        if len(rows) >= fewest:
            found[name] = rows.mean(0)
    return found


def centred(outputs: Mapping[str, Floats], taken: Means) -> dict[str, Floats]:
    """Outputs (w, k) or (k,) without the means of their voice."""
    return {name: values - taken[name] if name in taken else values for name, values in outputs.items()}


def by_speaker(
    things: Iterable[T],
    speaker: Callable[[T], str | None],
    outputs: Callable[[T], Sequence[Mapping[str, Floats]]],
    least: Mapping[str, int],
) -> Iterator[tuple[T, Means]]:
    """Each thing, in its order, with the means of its speaker; none for a speaker of one thing only.

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
