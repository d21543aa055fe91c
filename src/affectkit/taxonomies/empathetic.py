"""The 32 emotions of EmpatheticDialogues, each given to a speaker as the prompt for a situation to tell of.

Reference: Rashkin et al., Towards Empathetic Open-domain Conversation Models: A New Benchmark and Dataset, ACL 2019.
Coarse shares follow Plutchik's wheel (strong and mild forms, dyads) where it names the label in the same sense, else
GoEmotions' map to Ekman ("D20"), else a choice of ours ("own") with its ground. Differs from the wheel in guilty: its
guilt is joy + fear, here people tell of remorse. There is no neutral.
"""

from __future__ import annotations

from ..hub import Point, coarse
from ._rm77 import rm77

CARD = {"title": "EmpatheticDialogues", "reference": "rashkin2019empathetic", "kind": "names"}

NAMES = (
    "afraid",
    "angry",
    "annoyed",
    "anticipating",
    "anxious",
    "apprehensive",
    "ashamed",
    "caring",
    "confident",
    "content",
    "devastated",
    "disappointed",
    "disgusted",
    "embarrassed",
    "excited",
    "faithful",
    "furious",
    "grateful",
    "guilty",
    "hopeful",
    "impressed",
    "jealous",
    "joyful",
    "lonely",
    "nostalgic",
    "prepared",
    "proud",
    "sad",
    "sentimental",
    "surprised",
    "terrified",
    "trusting",
)

SYNONYMS = {
    "fear": "afraid",
    "fearful": "afraid",
    "scared": "afraid",
    "anger": "angry",
    "mad": "angry",
    "annoyance": "annoyed",
    "anticipation": "anticipating",
    "anxiety": "anxious",
    "nervousness": "anxious",
    "apprehension": "apprehensive",
    "shame": "ashamed",
    "confidence": "confident",
    "contentment": "content",
    "disappointment": "disappointed",
    "disgust": "disgusted",
    "embarrassment": "embarrassed",
    "excitement": "excited",
    "faith": "faithful",
    "rage": "furious",
    "gratitude": "grateful",
    "thankful": "grateful",
    "guilt": "guilty",
    "remorse": "guilty",
    "hope": "hopeful",
    "optimism": "hopeful",
    "admiration": "impressed",
    "jealousy": "jealous",
    "envy": "jealous",
    "joy": "joyful",
    "happiness": "joyful",
    "happy": "joyful",
    "loneliness": "lonely",
    "nostalgia": "nostalgic",
    "pride": "proud",
    "sadness": "sad",
    "sentimentality": "sentimental",
    "surprise": "surprised",
    "terror": "terrified",
    "trust": "trusting",
}

HUB = {
    "afraid": coarse("fear"),
    "angry": coarse("anger"),
    "annoyed": Point({"anger": 1.0}, "Plutchik: mild anger", *rm77("mildly annoyed")),
    "anticipating": coarse("anticipation"),
    "anxious": Point({"fear": 0.5, "anticipation": 0.5}, "Plutchik: anxiety, fear + anticipation", *rm77("anxious")),
    "apprehensive": Point({"fear": 1.0}, "Plutchik: mild fear", *rm77("anxious", "fearful")),
    "ashamed": Point({"fear": 0.5, "disgust": 0.5}, "Plutchik: shame, fear + disgust", *rm77("shamed")),
    "caring": Point({"joy": 0.5, "trust": 0.5}, "own: D20 joy, near Plutchik's love", *rm77("affectionate")),
    "confident": Point({"trust": 1.0}, "own: trust in oneself", *rm77("capable")),
    "content": Point({"joy": 1.0}, "Plutchik: serenity, mild joy", *rm77("relaxed", "untroubled")),
    "devastated": Point({"sadness": 1.0}, "Plutchik: grief, strong sadness", *rm77("anguished", "despairing")),
    "disappointed": Point({"sadness": 1.0}, "D20", *rm77("discouraged")),
    "disgusted": coarse("disgust"),
    "embarrassed": Point({"sadness": 1.0}, "D20", *rm77("embarrassed")),
    "excited": Point({"joy": 1.0}, "D20", *rm77("excited")),
    "faithful": Point({"trust": 1.0}, "own: trust that is kept", *rm77("devoted")),
    "furious": Point({"anger": 1.0}, "Plutchik: rage, strong anger", *rm77("enraged")),
    "grateful": Point({"joy": 1.0}, "D20", *rm77("thankful")),
    "guilty": Point({"sadness": 0.5, "disgust": 0.5}, "own: Plutchik's remorse, sadness + disgust", *rm77("guilty")),
    "hopeful": Point({"trust": 0.5, "anticipation": 0.5}, "Plutchik: hope, anticipation + trust", *rm77("hopeful")),
    "impressed": Point({"trust": 1.0}, "own: Plutchik's admiration, strong trust", *rm77("impressed")),
    "jealous": Point({"sadness": 0.5, "anger": 0.5}, "own: Plutchik's envy, sadness + anger", *rm77("angry", "sad")),
    "joyful": coarse("joy"),
    "lonely": Point({"sadness": 1.0}, "own: sad to be alone", *rm77("lonely")),
    "nostalgic": Point({"joy": 0.5, "sadness": 0.5}, "own: bitter and sweet", *rm77("leisurely", "sad")),
    "prepared": Point(
        {"anticipation": 1.0}, "own: Plutchik's vigilance, strong anticipation", *rm77("alert", "capable")
    ),
    "proud": Point({"joy": 1.0}, "D20", *rm77("proud")),
    "sad": coarse("sadness"),
    "sentimental": Point(
        {"trust": 0.5, "sadness": 0.5}, "Plutchik: sentimentality, trust + sadness", *rm77("affectionate", "sad")
    ),
    "surprised": coarse("surprise"),
    "terrified": Point({"fear": 1.0}, "Plutchik: terror, strong fear", *rm77("terrified")),
    "trusting": coarse("trust"),
}
