"""The 27 terms of the Geneva Emotional Music Scale that MuVi's listeners could tick, three for each of nine factors.

Reference: Zentner, Grandjean and Scherer, Emotions evoked by the sound of music, Emotion 8, 2008; the choice of terms
is that of MuVi (Chua et al., arXiv 2202.10453). The map to the nine factors is in `DIRECT`. A term has the coarse
shares of its factor, and its own valence, arousal and dominance where RM77 has the term or a near one. Known faults:
the scale's own lists have 45 or 25 terms; which factor MuVi's three extra terms belong to is our reading.
"""

from __future__ import annotations

from ..hub import Point
from . import gems
from ._rm77 import rm77

CARD = {"title": "Geneva Emotional Music Scale, 27 terms", "reference": "zentner2008emotions", "kind": "names"}

NAMES = tuple(term for terms in gems.TERMS.values() for term in terms)

SYNONYMS = {
    "wonder": "filled with wonder",
    "transcendence": "feeling of transcendence",
    "tenderness": "tender",
    "nostalgia": "nostalgic",
    "joy": "joyful",
    "happy": "joyful",
    "tension": "tense",
    "nervousness": "nervous",
    "sadness": "sad",
}

_RATED = {
    "filled with wonder": ("wonder",),
    "allured": ("fascinated",),
    "fascinated": ("fascinated",),
    "overwhelmed": ("overwhelmed",),
    "affectionate": ("affectionate",),
    "calm": ("relaxed",),
    "soothed": ("consoled",),
    "strong": ("strong",),
    "energetic": ("vigorous",),
    "triumphant": ("triumphant",),
    "joyful": ("joyful",),
    "tense": ("tense",),
    "nervous": ("anxious",),
    "sad": ("sad",),
    "blue": ("depressed",),
}

DIRECT = {"gems": {term: factor for factor, terms in gems.TERMS.items() for term in terms}}


def _point(term: str) -> Point:
    factor = DIRECT["gems"][term]
    whole = gems.HUB[factor]
    vad, source = rm77(*_RATED[term]) if term in _RATED else (whole.vad, f"its factor's: {whole.vad_source}")
    return Point(whole.coarse, f"GEMS: {factor}", vad, source)


HUB = {name: _point(name) for name in NAMES}
