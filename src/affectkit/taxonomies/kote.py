"""KOTE: 43 emotions and none, gathered from Korean emotion words for online comments.

Reference: Jeon, Lee and Kim, User Guide for KOTE: Korean Online Comments Emotions Dataset, arXiv 2205.05300, 2022. The
Korean names are synonyms; the English ones are translations of ours. NAMES stand in the order of the numbers that the
corpus's files use. Coarse shares are those of GoEmotions' labels (D20 is its map to Ekman) or of Plutchik's wheel where
they have the feeling, else of ours ("own"); valence, arousal and dominance are those of the nearest RM77 terms.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..hub import Point, coarse
from ._rm77 import rm77

CARD = {"title": "KOTE", "reference": "jeon2022user", "kind": "names"}

KOREAN = {
    "complaint": "불평/불만",
    "welcome": "환영/호의",
    "admiration": "감동/감탄",
    "fed up": "지긋지긋",
    "gratitude": "고마움",
    "sadness": "슬픔",
    "anger": "화남/분노",
    "respect": "존경",
    "anticipation": "기대감",
    "arrogance": "우쭐댐/무시함",
    "disappointment": "안타까움/실망",
    "resolve": "비장함",
    "distrust": "의심/불신",
    "pride": "뿌듯함",
    "comfort": "편안/쾌적",
    "interest": "신기함/관심",
    "caring": "아껴주는",
    "shame": "부끄러움",
    "fear": "공포/무서움",
    "despair": "절망",
    "contempt": "한심함",
    "disgust": "역겨움/징그러움",
    "irritation": "짜증",
    "dumbfounded": "어이없음",
    "neutral": "없음",
    "defeat": "패배/자기혐오",
    "laziness": "귀찮음",
    "exhaustion": "힘듦/지침",
    "excitement": "즐거움/신남",
    "realization": "깨달음",
    "guilt": "죄책감",
    "hatred": "증오/혐오",
    "delight": "흐뭇함(귀여움/예쁨)",
    "embarrassment": "당황/난처",
    "shock": "경악",
    "reluctance": "부담/안_내킴",
    "sorrow": "서러움",
    "boredom": "재미없음",
    "compassion": "불쌍함/연민",
    "surprise": "놀람",
    "happiness": "행복",
    "anxiety": "불안/걱정",
    "joy": "기쁨",
    "relief": "안심/신뢰",
}
"""Name -> the name in the corpus."""

NAMES = tuple(KOREAN)

SYNONYMS = {
    **{korean: name for name, korean in KOREAN.items()},
    "dissatisfaction": "complaint",
    "angry": "anger",
    "self hatred": "defeat",
    "happy": "happiness",
    "joyful": "joy",
    "none": "neutral",
    "no emotion": "neutral",
    "nervousness": "anxiety",
    "annoyance": "irritation",
    "trust": "relief",
    "sad": "sadness",
    "afraid": "fear",
    "surprised": "surprise",
}


def _own(shares: Mapping[str, float], ground: str, *terms: str) -> Point:
    return Point(shares, ground, *rm77(*terms))


HUB = {
    "complaint": _own({"anger": 1.0}, "D20: disapproval", "displeased"),
    "welcome": _own({"joy": 0.5, "trust": 0.5}, "own: acceptance (mild trust) with joy", "friendly"),
    "admiration": _own({"trust": 1.0}, "Plutchik: strong trust", "impressed", "respectful"),
    "fed up": _own({"disgust": 1.0}, "Plutchik: boredom, mild disgust", "bored", "mildly annoyed"),
    "gratitude": _own({"joy": 1.0}, "D20", "thankful"),
    "sadness": coarse("sadness"),
    "anger": coarse("anger"),
    "respect": _own({"trust": 1.0}, "Plutchik: admiration, strong trust", "respectful"),
    "anticipation": coarse("anticipation"),
    "arrogance": _own({"joy": 0.5, "anger": 0.5}, "Plutchik: pride, joy + anger", "proud", "scornful"),
    "disappointment": _own({"sadness": 1.0}, "D20", "discouraged"),
    "resolve": _own({"anticipation": 1.0}, "own: ready for what comes", "serious", "solemn"),
    "distrust": _own({"disgust": 0.5, "fear": 0.5}, "own: turned away and on guard", "skeptical"),
    "pride": _own({"joy": 1.0}, "D20", "proud"),
    "comfort": _own({"joy": 1.0}, "Plutchik: serenity, mild joy", "relaxed"),
    "interest": _own({"anticipation": 0.5, "surprise": 0.5}, "own: interest in what is new", "interested", "curious"),
    "caring": _own({"joy": 0.5, "trust": 0.5}, "Plutchik: love, joy + trust", "affectionate"),
    "shame": _own({"fear": 0.5, "disgust": 0.5}, "Plutchik: fear + disgust", "shamed"),
    "fear": coarse("fear"),
    "despair": _own({"sadness": 0.5, "fear": 0.5}, "Plutchik: fear + sadness", "despairing"),
    "contempt": _own({"disgust": 0.5, "anger": 0.5}, "Plutchik: disgust + anger", "contemptuous"),
    "disgust": coarse("disgust"),
    "irritation": _own({"anger": 1.0}, "Plutchik: annoyance, mild anger", "mildly annoyed"),
    "dumbfounded": _own({"surprise": 0.5, "disgust": 0.5}, "Plutchik: unbelief, surprise + disgust", "astonished"),
    "neutral": coarse("neutral"),
    "defeat": _own({"sadness": 0.5, "disgust": 0.5}, "own: sadness with disgust at oneself", "discouraged", "shamed"),
    "laziness": _own({"disgust": 1.0}, "own: unwilling, near boredom", "uninterested"),
    "exhaustion": _own({"sadness": 1.0}, "own: worn out and low", "fatigued"),
    "excitement": _own({"joy": 1.0}, "D20", "excited"),
    "realization": _own({"surprise": 1.0}, "D20", "curious", "surprised"),
    "guilt": _own({"sadness": 0.5, "disgust": 0.5}, "own: Plutchik's remorse, sadness + disgust", "guilty"),
    "hatred": _own({"anger": 0.5, "disgust": 0.5}, "Plutchik: contempt, anger + disgust", "hostile"),
    "delight": _own({"joy": 1.0}, "own: pleased by what is lovely", "happy", "affectionate"),
    "embarrassment": _own({"fear": 0.5, "surprise": 0.5}, "own: caught unready", "embarrassed"),
    "shock": _own({"surprise": 0.5, "fear": 0.5}, "Plutchik: awe, fear + surprise", "astonished", "terrified"),
    "reluctance": _own({"fear": 0.5, "disgust": 0.5}, "own: weighed down and turned away", "displeased"),
    "sorrow": _own({"sadness": 1.0}, "own: sadness over a wrong", "sad", "anguished"),
    "boredom": _own({"disgust": 1.0}, "Plutchik: mild disgust", "bored"),
    "compassion": _own({"sadness": 0.5, "trust": 0.5}, "own: care for one who suffers", "sad", "affectionate"),
    "surprise": coarse("surprise"),
    "happiness": _own({"joy": 1.0}, "own: joy", "happy"),
    "anxiety": _own({"fear": 0.5, "anticipation": 0.5}, "Plutchik: fear + anticipation", "anxious", "tense"),
    "joy": coarse("joy"),
    "relief": _own({"trust": 0.5, "joy": 0.5}, "own: relief and trust in one name", "consoled", "secure"),
}
