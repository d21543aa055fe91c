"""Valence, arousal and dominance, each from 1 to 9: the steps of the Self-Assessment Manikin, word norms, DEAP.

Reference: Bradley and Lang, Measuring emotion: The Self-Assessment Manikin and the semantic differential, Journal of
Behavior Therapy and Experimental Psychiatry 25, 1994. Only the scale differs from `vad`: it is taken as linear, its
middle as 0.
"""

from __future__ import annotations

from . import vad

CARD = {
    "title": "Valence, arousal, dominance from 1 to 9",
    "reference": "bradley1994measuring",
    "kind": "dimensions",
    "range": [1.0, 9.0],
}

NAMES = vad.NAMES

SYNONYMS = vad.SYNONYMS
