"""Explainers: which parts of an input a score rests on, one way per file; and how far such an answer can be believed.

A part gives a frozen `Config` and `explain(config, predict, media, label=None) -> Explanation`. What it may do is cover
parts of the input and ask again: it knows nothing of the network. How an input is cut into parts and how these are
covered depends on the form that its modality reads (a text, a picture, a sound) and stands in `covers/`, one file per
form; so a new modality of a known form needs nothing here.

`effect` is how much the score of the label falls when a part is covered: above zero the part speaks for the label,
below zero against it. It tells what the model went by, not why somebody feels something.
"""

from __future__ import annotations

from ._covers import Cut, cut
from ._faithful import Faithfulness, faithful
from ._values import Bools, Explanation, Floats, Predict, Unit

__all__ = ["Bools", "Cut", "Explanation", "Faithfulness", "Floats", "Predict", "Unit", "cut", "faithful"]
