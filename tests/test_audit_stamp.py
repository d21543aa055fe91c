"""The stamp of a split beside figures: what it says of planted leaks, and that it costs once."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from affectkit import corpora
from affectkit.analysis import splits
from affectkit.errors import MissingExtra
from affectkit.sample import Media, Rating, Sample
from affectkit.train import audit, figures, mixture
from affectkit.train.mixture import Mixture

(EMOTIONS,) = corpora.tasks("goemotions")
RNG = np.random.default_rng(0)
TEXTS = [" ".join("".join(RNG.choice(list("abcdefghij"), 5)) for _ in range(6)) for _ in range(12)]


def data(texts: Sequence[str] = TEXTS, speakers: int = 12) -> Mixture:
    """Twelve texts, of which the last four are test, by so many speakers in turn."""
    rating = Rating("goemotions", frozenset({"joy"}), rater="consensus", rule="majority")
    samples = [
        Sample(
            f"i{i}", {"text": Media(text=t)}, (rating,), {"speaker": f"s{i % speakers}"}, "test" if i > 7 else "train"
        )
        for i, t in enumerate(texts)
    ]
    return mixture.table([("goemotions", s) for s in samples], (EMOTIONS,))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AFFECTKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []
    real = splits.audit

    def audited(*given: Any, **more: Any) -> Any:
        calls.append(given)
        return real(*given, **more)

    monkeypatch.setattr(splits, "audit", audited)
    return calls


def test_a_stamp_says_what_lies_apart_what_is_shared_and_what_was_not_looked_at() -> None:
    assert audit.stamp(data(), "goemotions") == "split audit: speakers apart; texts apart"
    cut = audit.stamp(data(speakers=6), "goemotions")
    assert cut == "split audit: texts apart; speakers shared (4 of 6)"
    again = [*TEXTS[:9], TEXTS[0].upper() + "!!", "Thank you.", TEXTS[1][:-1] + "x"]
    said = audit.stamp(data(again), "goemotions")
    assert "1 text also in train" in said and "nearly equal to one in train" in said
    assert said.endswith("; not looked at: text of 1 of 12 samples of goemotions (fewer than 12 letters and digits)")


def test_the_split_of_the_run_is_audited_not_the_official_one() -> None:
    own = data(speakers=4)
    whole = mixture.resplit(own, "group:speaker")
    assert "speakers shared (4 of 4)" not in audit.stamp(whole, "goemotions")
    assert "speakers apart" in audit.stamp(whole, "goemotions")
    assert "speakers shared" in audit.stamp(own, "goemotions")


def test_an_audit_is_made_once_for_the_same_content(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    calls = counted(monkeypatch)
    first = audit.audited(data(), "goemotions")
    assert audit.audited(data(), "goemotions") == first
    assert len(calls) == 1 and len(list(cache.rglob("*.audit.json"))) == 1
    other = data()
    split = other.split.copy()
    split[8] = "train"
    for changed in (
        dataclasses.replace(other, split=split),
        data([*TEXTS[:-1], "another text that is long enough"]),
        data(speakers=5),
    ):
        audit.audited(changed, "goemotions")
    assert len(calls) == 4
    assert first["stamp"] == splits.audit(audit._samples(data(), "goemotions"), files=False).stamp


def test_arrays_count_by_their_content() -> None:
    one, same, other = (np.arange(6, dtype=np.float32) for _ in range(3))
    other[3] = 9
    assert audit._content(Media(array=one)) == audit._content(Media(array=same)) != audit._content(Media(array=other))
    assert audit._content(Media(array=one)) != audit._content(Media(array=one.reshape(2, 3)))


def test_without_a_place_to_keep_it_the_audit_is_made_each_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("AFFECTKIT_CACHE", str(tmp_path / "file" / "cache"))
    calls = counted(monkeypatch)
    assert audit.stamp(data(), "goemotions") == audit.stamp(data(), "goemotions")
    assert len(calls) == 2


def test_without_the_extra_the_stamp_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*given: Any, **more: Any) -> Any:
        raise MissingExtra.of("the audit", "scipy", "analysis")

    monkeypatch.setattr(splits, "audit", missing)
    assert audit.stamp(data(), "goemotions") == "not audited: needs [analysis]"


# ---- what is found again, of any modality ----------------------------------------------------------------------------


def of(modality: str, media: Sequence[Media]) -> Mixture:
    rating = Rating("goemotions", frozenset({"joy"}), rater="consensus", rule="majority")
    samples = [Sample(f"i{i}", {modality: m}, (rating,), split="test") for i, m in enumerate(media)]
    return mixture.table([("goemotions", s) for s in samples], (EMOTIONS,))


def row_of(part: Mixture, seen: set[str]) -> list[dict[str, Any]]:
    n, k = part.targets["goemotions"].shape
    said = figures.Said(np.full((n, k), 0.3), part.targets["goemotions"] >= 0.5)
    return figures.rows({"one": {"goemotions": said}}, part, seen, "goemotions", {"one": figures.Facts((), (0,), 0.0)})


def test_pictures_in_memory_are_found_again_and_files_are_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "FOLDS", 20)
    rng = np.random.default_rng(0)
    pictures = [Media(array=rng.integers(0, 256, (8, 8), np.uint8)) for _ in range(4)]
    part = of("face", pictures)
    whole, new = row_of(part, figures.seen(of("face", pictures[:1])))
    assert whole["audit"] == "1 of 4 test pictures also occur in train"
    assert new["variant"]["samples"] == "pictures not in train"
    assert {v["n"] for v in new["metrics"].values()} == {3}
    files = of("speech", [Media(path="a.wav"), Media(path="b.wav")])
    (only,) = row_of(files, figures.seen(files))
    assert (only["audit"], only["variant"]["samples"]) == ("nothing to compare with train", figures.ALL)
