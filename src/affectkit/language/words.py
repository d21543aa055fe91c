"""The words that a score rests on, with their effects, as statements: “won” (+0.42) speaks for joy.

An effect is how much the score falls when the word is left out (`explain/occlusion.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from .cues import Statement, named, quoted

_LEAST = 0.02  # of the score: a word below it carries nothing that is worth telling
_SOURCE = "covering of words"


def carried(words: Sequence[tuple[str, float]], label: str, most: int = 3) -> tuple[Statement, ...]:
    """The words (word, effect) that speak most for a label, and those that speak against it."""
    order = sorted(words, key=lambda pair: -abs(pair[1]))
    found = []
    for sign, what in ((1, "for"), (-1, "against")):
        best = [(word, effect) for word, effect in order if sign * effect >= _LEAST][:most]
        if best:
            told = [f"{quoted(word)} ({effect:+.2f})" for word, effect in best]
            text = f"{_listed(told)} {'speaks' if len(best) == 1 else 'speak'} {what} {named(label)}."
            found.append(Statement(text, _SOURCE, tuple(effect for _, effect in best)))
    if not found:
        found.append(Statement(f"No single word carries {named(label)}: without any one it stays as it is.", _SOURCE))
    return tuple(found)


def _listed(clauses: Sequence[str]) -> str:
    return clauses[0] if len(clauses) == 1 else f"{', '.join(clauses[:-1])} and {clauses[-1]}"
