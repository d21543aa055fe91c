"""What every corpus keeps, found by scanning: valid samples, the same from every layout, splits that cut no group."""

from __future__ import annotations

import inspect
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import numpy as np
import pytest

from affectkit import corpora, find
from affectkit.errors import DataError
from affectkit.sample import Media, Rating, Sample, target
from affectkit.task import Kind

CORPORA = find.names("corpora")
EACH_CORPUS = pytest.mark.parametrize("name", CORPORA)
CARD = {
    "title",
    "reference",
    "url",
    "folder",
    "modalities",
    "languages",
    "licence",
    "split",
    "groups",
    "raters",
}


def layouts(part: ModuleType) -> tuple[str, ...]:
    """The layouts a corpus's `fake` writes: one, or the compact and the official one."""
    return ("compact", "official") if "layout" in inspect.signature(part.fake).parameters else ("",)


CASES = [(name, layout) for name in CORPORA for layout in layouts(find.load("corpora", name))]
EACH_LAYOUT = pytest.mark.parametrize(("name", "layout"), CASES, ids=[f"{n}-{v}" if v else n for n, v in CASES])


def write(name: str, layout: str, folder: Path, seed: int = 0) -> None:
    given = {"layout": layout} if layout else {}
    find.load("corpora", name).fake(folder, np.random.default_rng(seed), **given)


def placed(samples: Iterable[Sample], how: Callable[[Path], str]) -> tuple[Sample, ...]:
    """Samples whose files bear the names that `how` gives them, so that two folders can be compared."""

    def named(media: Media) -> Media:
        return media if media.path is None else replace(media, path=how(Path(media.path)))

    return tuple(replace(s, media={m: named(media) for m, media in s.media.items()}) for s in samples)


def rows(name: str, folder: Path) -> tuple[Sample, ...]:
    """What a corpus reads in a folder, its files named from there; they are there."""
    found = tuple(find.load("corpora", name).rows(folder))
    assert all(Path(media.path).is_file() for s in found for media in s.media.values() if media.path is not None)
    return placed(found, lambda path: path.relative_to(folder).as_posix())


@cache
def read(name: str, layout: str) -> tuple[Sample, ...]:
    with TemporaryDirectory() as folder:
        write(name, layout, Path(folder))
        return rows(name, Path(folder))


@EACH_CORPUS
def test_the_card_is_complete(name: str) -> None:
    card = find.card("corpora", name)
    assert set(card) >= CARD
    assert all(card[field] for field in CARD - {"groups", "languages"})
    assert card["languages"] or not {"text", "speech"} & set(card["modalities"])
    assert set(card["modalities"]) <= set(find.names("modalities"))
    assert not Path(card["folder"]).is_absolute()
    assert ".." not in Path(card["folder"]).parts
    assert card["url"].startswith("https://")
    # which of its groups the official split keeps whole; a corpus with groups must say it
    assert set(card.get("disjoint", ())) <= set(card["groups"])
    assert "disjoint" in card or not card["groups"]


@EACH_CORPUS
def test_the_tasks_have_schemes_and_ids_of_their_own(name: str) -> None:
    tasks = corpora.tasks(name)
    assert len({task.id for task in tasks}) == len(tasks) > 0
    for task in tasks:
        if task.scheme:  # else names are no affect labels, such as a text's language
            assert set(task.names) <= set(find.load("taxonomies", task.scheme).NAMES)


@EACH_LAYOUT
def test_rows_are_valid_against_the_tasks(name: str, layout: str) -> None:
    card, tasks = find.card("corpora", name), {task.id: task for task in corpora.tasks(name)}
    found = read(name, layout)
    rated = dict.fromkeys(tasks, False)
    assert len({sample.id for sample in found}) == len(found) > 0
    for sample in found:
        assert set(sample.media) <= set(card["modalities"])
        assert sample.media
        assert {rating.task for rating in sample.ratings} <= set(tasks)
        for id, task in tasks.items():
            if task.kind is Kind.OPEN:
                continue
            values, judged = target(task, sample.ratings)
            rated[id] |= bool(judged.any())
            assert values.shape == judged.shape == (len(task.names),)
            assert (values >= (-1.0 if task.scaled else 0.0)).all()
            assert (values <= 1.0).all()
    assert all(rated[id] or tasks[id].kind is Kind.OPEN for id in tasks)


@EACH_LAYOUT
def test_texts_can_be_read(name: str, layout: str) -> None:
    texts = [sample.media["text"] for sample in read(name, layout) if "text" in sample.media]
    assert all(find.load("modalities", "text").read(media) for media in texts)
    assert texts or "text" not in find.card("corpora", name)["modalities"]


@EACH_LAYOUT
def test_groups_are_those_of_the_card_and_no_split_cuts_what_it_keeps(name: str, layout: str) -> None:
    card = find.card("corpora", name)
    found = read(name, layout)
    assert {kind for sample in found for kind in sample.groups} == set(card["groups"])
    for kind in card.get("disjoint", ()):
        splits = defaultdict(set)
        for sample in found:
            splits[sample.groups[kind]].add(sample.split)
        assert {len(s) for s in splits.values()} == {1}


@EACH_LAYOUT
def test_context_comes_before_and_stays_within_the_split(name: str, layout: str) -> None:
    split_of: dict[str, str | None] = {}
    for sample in read(name, layout):
        assert all(split_of[id] == sample.split for id in sample.context)  # KeyError: a later or unknown turn
        assert len(set(sample.context)) == len(sample.context)
        split_of[sample.id] = sample.split


@EACH_LAYOUT
def test_reading_twice_gives_the_same(name: str, layout: str, tmp_path: Path) -> None:
    write(name, layout, tmp_path)
    assert rows(name, tmp_path) == rows(name, tmp_path) == read(name, layout)
    write(name, layout, tmp_path / "other", seed=1)
    assert rows(name, tmp_path / "other") != read(name, layout)


@EACH_CORPUS
def test_every_layout_gives_the_same_samples(name: str) -> None:
    both = (placed(read(name, layout), lambda path: path.stem) for layout in layouts(find.load("corpora", name)))
    first, *others = ({s.id: s for s in samples} for samples in both)
    assert all(other == first for other in others)  # the order is the source's own


@EACH_LAYOUT
def test_json_and_back(name: str, layout: str) -> None:
    for sample in read(name, layout):
        # what is in memory cannot be written (see the tests of Media): without it, the rest can
        plain = replace(sample, media={m: media for m, media in sample.media.items() if media.array is None})
        assert Sample.from_json(json.loads(json.dumps(plain.to_json()))) == plain


@EACH_CORPUS
def test_the_official_splits_are_all_there(name: str) -> None:
    splits = {sample.split for sample in read(name, layouts(find.load("corpora", name))[0])}
    assert splits in ({"train", "dev", "test"}, {"train", "test"}, {None})


@EACH_CORPUS
def test_a_consensus_says_its_rule_and_single_ratings_do_not(name: str) -> None:
    def wrong(rating: Rating) -> bool:
        return (rating.rater == "consensus") != (rating.rule is not None)

    assert not [r for sample in read(name, layouts(find.load("corpora", name))[0]) for r in sample.ratings if wrong(r)]


@EACH_CORPUS
@pytest.mark.parametrize("there", ["nothing", "no folder"])
def test_another_folder_is_a_sentence(name: str, there: str, tmp_path: Path) -> None:
    folder = tmp_path if there == "nothing" else tmp_path / "absent"
    found: Iterator[Sample] = find.load("corpora", name).rows(folder)
    with pytest.raises(DataError) as caught:
        next(iter(found))
    said = str(caught.value)
    assert said.startswith("expected ")
    assert f"layout) in {folder}; found " in said
    assert said.endswith("; point to the corpus's own folder")
