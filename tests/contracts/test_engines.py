"""What every engine keeps, found by scanning: each item once, with its place, and the same answer as this process."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import toys
from affectkit import find
from affectkit.errors import AffectError, InputError
from affectkit.prediction import Prediction
from affectkit.runtime import jobs
from affectkit.runtime.jobs import Job
from affectkit.runtime.options import Item, Options
from affectkit.runtime.workers import WorkerError
from affectkit.sample import Media

PARTS = find.names("engines")
EACH = pytest.mark.parametrize("name", PARTS)
COUNT = 70


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(toys.pack(tmp_path_factory.mktemp("engines") / "toy.affect"))


def items() -> list[Item]:
    found = [Item(f"t#{i}", "t", Media(text=f"{'so ' * (i % 5)}joy 🙂")) for i in range(COUNT)]
    found[5] = Item("t#5", "t", InputError("a text", "none", "write one"))
    found[6] = Item("t#6", "t", Media(text=" "))
    return found


def told(name: str, *of: Job) -> list[list[tuple[int, Any]] | AffectError]:
    """What an engine says of the items, or the error that ends it, job by job."""
    found: list[list[tuple[int, Any]] | AffectError] = []
    for job in of:
        try:
            found.append(list(find.load("engines", name).run(jobs.cut(items(), job.options), job, None, None)))
        except WorkerError:
            raise
        except AffectError as error:
            found.append(error)
    return found


def ran(name: str, *of: Job) -> list[list[tuple[int, Any]] | AffectError]:
    """As `told`; an engine that stands on another library runs in a process that this may end in its own way."""
    if not find.card("engines", name).get("extra"):
        return told(name, *of)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
        try:
            return apart.submit(told, name, *of).result(timeout=300)
        except WorkerError as error:
            pytest.skip(f"what {name} stands on does not begin here: {error}")


@EACH
def test_each_item_once_with_its_place_and_as_ever(name: str, toy: str) -> None:
    job = Job(toy, Options(taxonomy="ekman", top=2))
    found, refused = ran(name, job, Job(toy, Options(segments=True)))
    assert isinstance(found, list)
    assert sorted(number for number, _ in found) == list(range(COUNT))
    tell = job.teller()
    wanted = [its for lot in jobs.cut(items(), job.options) for its in tell(lot.items)]
    assert list(jobs.in_order(found, 0)) == wanted
    assert all(isinstance(one, Prediction) for _, its in found for one in its)
    assert [i for i, its in enumerate(wanted) if its[0].failed] == [5, 6]
    assert str(refused).startswith("expected a bundle of what is in time, for --segments; found toy@3, which reads")


@EACH
def test_nothing_is_read_before_it_is_asked_for(name: str, toy: str) -> None:
    def endless() -> Iterator[Item]:
        raise AssertionError("read too soon")
        yield

    find.load("engines", name).run(jobs.cut(endless(), Options()), Job(toy), None, None)


@EACH
def test_a_card_says_what_it_is(name: str) -> None:
    card = find.card("engines", name)
    assert len(card["title"].split()) > 2
    assert ("needs" in card) == ("extra" in card)


def test_a_lot_is_never_larger_than_it_may_be() -> None:
    assert all(len(lot.items) <= jobs.MOST for lot in islice(jobs.cut(items() * 40, Options()), 20))
    assert Path(find.path("engines", jobs.ALONE)).is_file() and Path(find.path("engines", jobs.SEVERAL)).is_file()
