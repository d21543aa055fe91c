"""EmoSet: 118,102 pictures with one of Mikels' eight emotions and up to six attributes of what is in them.

Reference: Yang et al., EmoSet: A Large-scale Visual Emotion Dataset with Rich Attributes, ICCV 2023. Pictures were
found by words for emotions and checked by people. Brightness and colourfulness are computed by the authors, in eleven
steps from 0 to 1, by a formula that they have not published. A picture without an attribute has no rating of it.
The official files are train.json, val.json and test.json, lists of [emotion, id, picture, annotation], a small JSON
for each picture, and info.json, which numbers the labels. What kinds of scenes, objects and actions there are (254, 409
and 264) stands only in info.json: their tasks are open here, and `tasks(root)` gives them with their names.
Of facial expressions "happy" is joy, as in Ekman's six.
Known faults: labels follow the words that pictures were found by; scenes, objects and actions were found by other
networks, so one that is not named may be there; copies elsewhere number the emotions by the alphabet, so we never go by
numbers; photographs and art from the web, whose rights lie with others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from ..sample import SPLITS, Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies import ekman, mikels
from . import _pictures, layout, write

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "EmoSet-118K",
    "reference": "yang2023emoset",
    "url": "https://github.com/JingyuanYY/EmoSet",
    "folder": "scene/emoset",
    "modalities": ["scene"],
    "languages": [],
    "licence": "info.json: MIT; pictures and annotations: on request, research only",
    "split": "official (train.json, val.json, test.json)",
    "groups": [],
    "limits": ["pictures found by words for emotions in English", "attributes mostly found by networks"],
    "raters": "search word and network, checked by people; single answers are not published",
}


def _number(name: str) -> Task:
    return Task(f"emoset.{name}", target=name, kind=Kind.ORDINAL, scheme="", names=(name,), range=(0.0, 1.0))


def _open(name: str) -> Task:
    return Task(f"emoset.{name}", target=name, kind=Kind.OPEN, scheme="", names=())


TASKS = (
    Task("emoset", target="emotion", kind=Kind.SINGLE, scheme="mikels", names=mikels.NAMES, view=View.FELT),
    _number("brightness"),
    _number("colorfulness"),
    Task(
        "emoset.facial_expression",
        target="facial_expression",
        kind=Kind.SINGLE,
        scheme="ekman",
        names=ekman.NAMES,
        view=View.PERCEIVED,
    ),
    _open("scene"),
    _open("object"),
    _open("human_action"),
)
_CLOSED = {"scene": Kind.SINGLE, "object": Kind.MULTI, "human_action": Kind.SINGLE}
"""Attribute whose names stand in info.json -> how many of them a picture has."""
_FILES = ("train.json", "val.json", "test.json")
_LAYOUTS = {"official": (*_FILES, "info.json")}
_RULE = "search word, checked by people"
_FOUND = "found by the authors' programs, checked by people"
_AGAIN = "get the corpus again"


def tasks(root: Path) -> tuple[Task, ...]:
    """The tasks with the names of scenes, objects and actions, in the order of info.json; the same ratings serve them.

    Raises:
        DataError: an info.json without one of them.
    """
    names = _names(root)
    return tuple(
        replace(task, kind=_CLOSED[task.target], names=names[task.target]) if task.target in _CLOSED else task
        for task in TASKS
    )


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the order of train.json, val.json and test.json.

    Raises:
        DataError: a file that is not there or no JSON, or a label that info.json does not list.
    """
    layout(root, _LAYOUTS)
    known = {attribute: frozenset(names) for attribute, names in _names(root).items()}
    for file, split in zip(_FILES, SPLITS, strict=True):
        for item in _json(root / file):
            if not (isinstance(item, list) and len(item) == 4 and all(isinstance(cell, str) for cell in item)):
                raise DataError(f"[emotion, id, picture, annotation] in {file}", str(item)[:80], _AGAIN)
            emotion, id, picture, annotation = item
            if emotion not in mikels.NAMES:
                raise DataError(f"one of {', '.join(mikels.NAMES)} for {id}", repr(emotion), _AGAIN)
            ratings = [Rating("emoset", emotion, rater="consensus", rule=_RULE)]
            ratings += _attributes(_json(root / annotation), known, id)
            yield Sample(id, {"scene": Media(path=str(root / picture))}, tuple(ratings), split=split)


def _attributes(given: Mapping[str, Any], known: Mapping[str, frozenset[str]], id: str) -> Iterator[Rating]:
    for task in TASKS[1:]:
        if task.target in given:
            read = _text if task.range is None else _level
            value = read(given[task.target], known.get(task.target), f"{task.target} of {id}")
            yield Rating(task.id, value, rater="consensus", rule=_FOUND if task.range is None else "computed")


def _level(value: Any, _: frozenset[str] | None, what: str) -> tuple[float]:
    try:
        level = float(value)  # 1, 1.0 and "1.0" all stand in the files
    except (TypeError, ValueError):
        level = -1.0
    if not 0 <= level <= 1:
        raise DataError(f"a number from 0 to 1 for the {what}", repr(value), _AGAIN)
    return (level,)


def _text(value: Any, known: frozenset[str] | None, what: str) -> str | frozenset[str]:
    """A facial expression, which has fixed names; else the names of what is in the picture."""
    if known is None:
        name = ekman.SYNONYMS.get(value, value)
        if name not in ekman.NAMES:
            raise DataError(f"one of {', '.join(ekman.NAMES)} for the {what}", repr(value), _AGAIN)
        return str(name)
    names = frozenset(map(str, value)) if isinstance(value, list) else frozenset({str(value)})
    if strange := sorted(names - known):
        raise DataError(f"a name of info.json for the {what}", repr(strange[0]), "the files may be of two versions")
    return names


def _names(root: Path) -> dict[str, tuple[str, ...]]:
    """Attribute -> its names, by number."""
    info, found = _json(root / "info.json"), {}
    for attribute in _CLOSED:
        try:
            number = info[attribute]["label2idx"]
            found[attribute] = tuple(sorted(number, key=number.__getitem__))
        except (KeyError, TypeError) as error:
            raise DataError(f"label2idx of {attribute} in info.json", "none", _AGAIN) from error
    return found


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"a file {file}", "none", _AGAIN) from error
    except ValueError as error:
        raise DataError(f"JSON in {file}", str(error), _AGAIN) from error


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: 72 skies, bright for the pleasant emotions, each with some attributes."""
    labels = {attribute: [f"{attribute} {letter}" for letter in "dcba"] for attribute in _CLOSED}
    info = {"emotion": mikels.NAMES, **labels}
    info_json = {a: {"label2idx": {n: i for i, n in enumerate(names)}} for a, names in info.items()}
    write(root / "info.json", json.dumps(info_json))
    lists: dict[str, list[list[str]]] = {file: [] for file in _FILES}
    for i in range(72):
        name = mikels.NAMES[i % 8]
        light = rng.uniform(0.6, 1.0) if i % 8 < 4 else rng.uniform(0.0, 0.4)
        given: dict[str, Any] = {"image_id": f"{name}_{i:05}", "emotion": name, "brightness": round(light, 1)}
        given |= {"colorfulness": round(rng.uniform(), 1)} if i % 5 else {}
        given |= {"facial_expression": ("happy", "sad", "angry", "surprise")[i % 4]} if i % 3 == 0 else {}
        given |= {a: labels[a][int(rng.integers(4))] for a in ("scene", "human_action") if rng.uniform() < 0.5}
        given |= {"object": sorted(rng.choice(labels["object"], 2, replace=False).tolist())} if i % 2 else {}
        id = given["image_id"]
        paths = f"image/{name}/{id}.jpg", f"annotation/{name}/{id}.json"
        write(root / paths[0], _pictures.picture(rng, light))
        write(root / paths[1], json.dumps(given))
        lists[_FILES[(i // 8 % 9 > 5) + (i // 8 % 9 > 6)]].append([name, id, *paths])
    for file, items in lists.items():
        write(root / file, json.dumps(items))
