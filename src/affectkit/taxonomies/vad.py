"""Valence, arousal and dominance, each in [-1, 1]: the hub's own dimensions.

Reference: Russell and Mehrabian, Evidence for a three-factor theory of emotions, Journal of Research in Personality 11,
1977 (there pleasure, arousal, dominance). Names become the expected value of their points; values become the name
nearest to them. A corpus's own scale (EmoBank's 1 to 5) is one more file with another range.
"""

from __future__ import annotations

CARD = {
    "title": "Valence, arousal, dominance",
    "reference": "russell1977evidence",
    "kind": "dimensions",
    "range": [-1.0, 1.0],
}

NAMES = ("valence", "arousal", "dominance")

SYNONYMS = {
    "v": "valence",
    "pleasure": "valence",
    "p": "valence",
    "a": "arousal",
    "activation": "arousal",
    "d": "dominance",
    "control": "dominance",
    "power": "dominance",
}
