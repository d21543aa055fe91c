"""Valence, arousal and dominance of emotion terms, each in [-1, 1]: mean ratings of the terms our schemes need.

Reference: Russell and Mehrabian, Evidence for a three-factor theory of emotions, Journal of Research in Personality 11,
1977, 273-294 (151 terms). Quoted as facts, by way of later tables that quote them; where those differ (grateful,
frustrated), a neighbouring term on which they agree is used (thankful, distressed). Add a term when a new scheme needs
it. Not a scheme itself: the leading underscore keeps it out of listings.
"""

from __future__ import annotations

Vad = tuple[float, float, float]

TERMS: dict[str, Vad] = {
    "affectionate": (0.64, 0.35, 0.24),
    "aggressive": (0.41, 0.63, 0.62),
    "alert": (0.49, 0.57, 0.45),
    "angry": (-0.51, 0.59, 0.25),
    "anguished": (-0.50, 0.08, -0.20),
    "anxious": (0.01, 0.59, -0.15),
    "appreciative": (0.55, 0.07, -0.14),
    "aroused": (0.24, 0.57, 0.22),
    "astonished": (0.16, 0.88, -0.15),
    "awed": (0.18, 0.40, -0.38),
    "bored": (-0.65, -0.62, -0.33),
    "capable": (0.70, 0.28, 0.61),
    "concentrating": (0.42, 0.28, 0.39),
    "confused": (-0.53, 0.27, -0.32),
    "consoled": (0.29, -0.19, -0.28),
    "contemptuous": (-0.24, 0.31, 0.21),
    "controlling": (0.47, 0.34, 0.66),
    "curious": (0.22, 0.62, -0.01),
    "depressed": (-0.72, -0.29, -0.41),
    "despairing": (-0.72, -0.16, -0.38),
    "detached": (-0.37, -0.26, -0.14),
    "devoted": (0.49, 0.17, 0.10),
    "discouraged": (-0.61, -0.15, -0.29),
    "disgusted": (-0.60, 0.35, 0.11),
    "displeased": (-0.55, 0.16, -0.05),
    "distressed": (-0.61, 0.28, -0.36),
    "elated": (0.50, 0.42, 0.23),
    "embarrassed": (-0.46, 0.54, -0.24),
    "enjoyment": (0.77, 0.44, 0.42),
    "enraged": (-0.44, 0.72, 0.32),
    "excited": (0.62, 0.75, 0.38),
    "fascinated": (0.55, 0.51, -0.07),
    "fatigued": (-0.18, -0.57, -0.29),
    "fearful": (-0.64, 0.60, -0.43),
    "friendly": (0.69, 0.35, 0.30),
    "guilty": (-0.57, 0.28, -0.34),
    "happy": (0.81, 0.51, 0.46),
    "hopeful": (0.51, 0.23, 0.14),
    "hostile": (-0.42, 0.53, 0.30),
    "impressed": (0.41, 0.30, -0.32),
    "in love": (0.82, 0.65, -0.05),
    "inspired": (0.71, 0.63, 0.34),
    "interested": (0.64, 0.51, 0.17),
    "joyful": (0.76, 0.48, 0.35),
    "leisurely": (0.58, -0.32, 0.11),
    "lonely": (-0.66, -0.43, -0.32),
    "loved": (0.87, 0.54, -0.18),
    "meek": (-0.19, -0.25, -0.41),
    "mildly annoyed": (-0.28, 0.17, 0.04),
    "overwhelmed": (0.14, 0.45, -0.24),
    "pain": (-0.58, 0.41, -0.34),
    "powerful": (0.54, 0.45, 0.73),
    "proud": (0.77, 0.38, 0.65),
    "quiet": (0.19, -0.40, -0.04),
    "regretful": (-0.52, 0.02, -0.21),
    "relaxed": (0.68, -0.46, 0.06),
    "respectful": (0.38, 0.13, -0.08),
    "sad": (-0.63, -0.27, -0.33),
    "scornful": (-0.35, 0.35, 0.29),
    "secure": (0.74, -0.13, 0.03),
    "serious": (0.27, 0.24, 0.42),
    "sexually excited": (0.58, 0.62, -0.01),
    "shamed": (-0.57, 0.01, -0.34),
    "skeptical": (-0.22, 0.21, 0.03),
    "solemn": (0.03, -0.32, -0.11),
    "strong": (0.58, 0.48, 0.62),
    "surprised": (0.40, 0.67, -0.13),
    "tense": (-0.33, 0.58, -0.11),
    "terrified": (-0.62, 0.82, -0.43),
    "thankful": (0.61, 0.10, -0.13),
    "triumphant": (0.69, 0.57, 0.63),
    "troubled": (-0.63, 0.16, -0.40),
    "uninterested": (-0.47, -0.50, -0.08),
    "untroubled": (0.79, -0.01, 0.33),
    "upset": (-0.63, 0.30, -0.24),
    "vigorous": (0.58, 0.61, 0.49),
    "wonder": (0.27, 0.24, -0.17),
}


def rm77(*terms: str) -> tuple[Vad, str]:
    """The point of one term, or the mean of several, and its source ("RM77 joyful", "mean of RM77 anxious, tense")."""
    valence, arousal, dominance = (sum(TERMS[t][d] for t in terms) / len(terms) for d in range(3))
    source = f"RM77 {terms[0]}" if len(terms) == 1 else f"mean of RM77 {', '.join(terms)}"
    return (valence, arousal, dominance), source
