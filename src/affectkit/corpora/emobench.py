"""EmoBench: 400 questions in English and Chinese that test whether a model understands and acts on emotions.

Reference: Sabour et al., EmoBench: Evaluating the Emotional Intelligence of Large Language Models, ACL 2024.
A test for language models: never train on it (`use`), and training refuses to. Each question is a scenario with a
person in it and given choices. Understanding (EU) asks which emotions the person feels and why; application (EA) asks
what would help best. An answer is an open rating whose `judged` are the choices of its question; the person, and for EA
whether an action or a response is asked for, stand in its `note`. The scheme of the causes and actions, which are
sentences, names nothing; the emotions may be several, joined by "&". Both languages of a question share the group
`question`. Known faults: the right answer was agreed on by the makers, and some of the choices are near to it.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from . import layout, write

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "EmoBench",
    "reference": "sabour2024emobench",
    "url": "https://github.com/Sahandfer/EmoBench",
    "folder": "text/emobench",
    "modalities": ["text"],
    "languages": ["en", "zh"],
    "licence": "MIT",
    "split": "none: a test as a whole",
    "use": "test",
    "groups": ["category", "language", "part", "question"],
    "disjoint": [],
    "raters": "none kept: the makers' answer",
}

TASKS = (
    Task("emobench.emotion", target="emotion", kind=Kind.OPEN, scheme="wheel", names=(), view=View.PERCEIVED),
    Task("emobench.cause", target="cause of emotion", kind=Kind.OPEN, scheme="wheel", names=()),
    Task("emobench.action", target="emotional action", kind=Kind.OPEN, scheme="wheel", names=()),
)
_ASKED = {
    "EU": (
        ("emobench.emotion", "emotion_label", "emotion_choices"),
        ("emobench.cause", "cause_label", "cause_choices"),
    ),
    "EA": (("emobench.action", "label", "choices"),),
}
"""File -> what it asks: task, key of the answer, key of the choices."""
_CATEGORY = {"EU": "coarse_category", "EA": "category"}
_LAYOUTS = {
    "compact": tuple(f"{part}.jsonl.gz" for part in _ASKED),
    "official": tuple(f"{part}.jsonl" for part in _ASKED),
}


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the files' order, understanding first, compact or official (the folder data of the repository)."""
    for part, file in zip(_ASKED, _LAYOUTS[layout(root, _LAYOUTS)], strict=True):
        opened = gzip.decompress((root / file).read_bytes()) if file.endswith(".gz") else (root / file).read_bytes()
        for number, line in enumerate(opened.decode("utf-8").splitlines(), 1):
            item = json.loads(line)
            ratings = tuple(_answer(item, f"{file}, line {number}", *asked) for asked in _ASKED[part])
            groups = {
                "category": item[_CATEGORY[part]],
                "language": item["language"],
                "part": part,
                "question": f"{part}-{item['qid']}",
            }
            id = f"{part}-{item['qid']}-{item['language']}"
            yield Sample(id, {"text": Media(text=item["scenario"])}, ratings, groups)


def _answer(item: dict[str, Any], where: str, task: str, answer: str, choices: str) -> Rating:
    right, offered = item.get(answer), item.get(choices) or []
    if not isinstance(right, str) or right not in offered:
        raise DataError(f"{answer} among {choices} in {where}", repr(right), "get the corpus again")
    note = "; ".join(
        [f"subject: {item['subject']}", *([str(item["question type"])] if "question type" in item else [])]
    )
    return Rating(
        task, frozenset([right]), rater="consensus", rule="agreed by the makers", judged=tuple(offered), note=note
    )


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 6 questions of each part in both languages."""
    feelings = ["Delight", "Anger & Relief", "Pride", "Oblivious", "Guilt", "Grief"]
    for part, file in zip(_ASKED, _LAYOUTS[layout], strict=True):
        lines = []
        for language in ("en", "zh"):
            for n in range(6):
                item: dict[str, object] = {"qid": str(n + 1), "language": language}
                ways = [f"way {k} of {n}" for k in range(4)]
                about = {"scenario": f"({language}) Ann met case {n}.", "subject": "Ann"}
                if part == "EU":
                    item |= {"coarse_category": "emotional_cues", "finegrained_category": "vocal_cues", **about}
                    item |= {"emotion_choices": feelings, "emotion_label": feelings[rng.integers(0, 6)]}
                    item |= {"cause_choices": ways, "cause_label": ways[rng.integers(0, 4)]}
                else:
                    item |= {"category": "Social-Self", "question type": ("Action", "Response")[n % 2], **about}
                    item |= {"choices": ways, "label": ways[rng.integers(0, 4)]}
                lines.append(json.dumps(item, ensure_ascii=False))
        data = ("\n".join(lines) + "\n").encode("utf-8")
        write(root / file, gzip.compress(data, mtime=0) if file.endswith(".gz") else data)
