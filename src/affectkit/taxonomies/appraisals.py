"""Seven cognitive appraisals of an event, each from 0 (no) to 1 (yes): what an event meant to the one it happened to.

Reference: Smith and Ellsworth, Patterns of cognitive appraisal in emotion, Journal of Personality and Social Psychology
48, 1985, in the form in which Hofmann et al., Appraisal Theories for Emotion Classification in Text, COLING 2020, had
texts rated. Was attention paid, was one certain of what happened, did it cost effort, was it pleasant, was one
responsible, was one in control, or was it up to the circumstances? Differs from both: for conversion, pleasantness is
taken as valence and control as dominance; the other five have no counterpart in the hub and are declared lost.
"""

from __future__ import annotations

CARD = {
    "title": "Cognitive appraisals",
    "reference": "smith1985patterns",
    "kind": "dimensions",
    "range": [0.0, 1.0],
}

NAMES = ("attention", "certainty", "effort", "pleasantness", "responsibility", "control", "circumstance")

SYNONYMS = {
    "valence": "pleasantness",
    "pleasant": "pleasantness",
    "dominance": "control",
    "situational control": "circumstance",
    "self responsibility": "responsibility",
    "anticipated effort": "effort",
}
