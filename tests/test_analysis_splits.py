"""The split audit: planted leaks are found and nothing else; the known faults of the real corpora are found too."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from affectkit import corpora, find
from affectkit.analysis import splits
from affectkit.analysis._findings import many
from affectkit.analysis.splits import Audit, Check, Features, Finding, Severity
from affectkit.errors import DataError, MissingExtra, UsageError
from affectkit.sample import Media, Rating, Sample
from affectkit.task import Kind, Task

SPLITS = ("train", "train", "train", "dev", "test")
VA = Task("va", "dimensions", Kind.CONTINUOUS, "vad", ("valence", "arousal"), range=(-1.0, 1.0))
MOOD = Task("mood", "emotion", Kind.SINGLE, "ekman", ("anger", "joy", "sadness"))


def text(seed: int) -> str:
    """Twelve words that no other text has."""
    letters = np.random.default_rng(seed).integers(97, 123, 72).astype(np.uint8).tobytes().decode()
    return " ".join(letters[i : i + 6] for i in range(0, 72, 6))


def clean(n: int = 60) -> list[Sample]:
    """Texts and speakers that lie in one part each, with valence and arousal."""
    rng = np.random.default_rng(0)
    return [
        Sample(
            f"s{i:03}",
            {"text": Media(text=text(i))},
            (Rating("va", tuple(rng.uniform(-1, 1, 2).tolist())), Rating("mood", MOOD.names[rng.integers(0, 3)])),
            {"speaker": f"p{i % 10}"},
            SPLITS[i % 5],
        )
        for i in range(n)
    ]


def audit(samples: Iterable[Sample], **given: Any) -> Audit:
    return splits.audit(samples, tasks=(VA, MOOD), **given)


def of(found: Audit, check: Check) -> list[Finding]:
    return [finding for finding in found.findings if finding.check is check]


def only(found: Audit, check: Check) -> Finding:
    (finding,) = found.findings
    assert finding.check is check
    return finding


def change(samples: list[Sample], at: int, **changes: Any) -> list[Sample]:
    return [replace(s, **changes) if i == at else s for i, s in enumerate(samples)]


# ---- one corpus ------------------------------------------------------------------------------------------------------


def test_a_clean_corpus_has_no_finding() -> None:
    found = audit(clean(), disjoint=("speaker",))
    assert found.findings == ()
    assert found.unchecked == ()
    assert found.parts == {"train": 36, "dev": 12, "test": 12}
    assert found.stamp == "speakers apart; texts apart"


def test_a_shared_speaker_is_a_note_or_a_broken_promise() -> None:
    samples = change(clean(), 4, groups={"speaker": "p0"})
    finding = only(audit(samples), Check.GROUP)
    assert (finding.what, finding.count, finding.of, finding.examples) == ("speaker", 1, 10, ("p0",))
    assert finding.numbers == {"train": 6, "dev": 0, "test": 1}
    assert finding.severity is Severity.NOTE
    assert audit(samples).stamp == "texts apart; speakers shared (1 of 10)"
    kept = audit(samples, disjoint=("speaker",))
    assert kept.leaks == kept.findings
    assert [f.severity for f in kept.findings] == [Severity.LEAK]


def test_all_groups_shared_is_said_shorter() -> None:
    samples = [replace(s, groups={"sentence": "dogs"}) for s in clean()]
    assert audit(samples).stamp == "texts apart; sentences shared"


def test_a_text_of_test_in_train_is_found_whatever_its_dress() -> None:
    samples = change(clean(), 4, media={"text": Media(text=f"  «{text(0).upper()}»!?")})
    finding = only(audit(samples), Check.SAME)
    assert (finding.phrase, finding.count, finding.of) == ("texts also in train", 1, 24)
    assert (finding.examples, finding.numbers, finding.severity) == (("s004",), {"test": 1}, Severity.WARNING)
    assert audit(samples).stamp == "speakers apart; 1 text also in train"


def test_a_text_is_told_once_for_the_first_part_that_has_it() -> None:
    samples = clean()
    for at in (3, 4, 9):  # one of dev and two of test
        samples = change(samples, at, media=samples[0].media)
    samples = change(samples, 14, media=samples[8].media)  # of test, and in dev only
    first, second = of(audit(samples), Check.SAME)
    assert (first.where, first.count, first.of, first.numbers) == ("train", 3, 24, {"dev": 1, "test": 2})
    assert (second.where, second.count, second.of, second.numbers) == ("dev", 1, 12, {"test": 1})


def test_a_nearly_equal_text_is_found_and_may_be_left() -> None:
    samples = change(clean(), 4, media={"text": Media(text=text(0) + " so")})
    finding = only(audit(samples), Check.NEAR)
    assert (finding.phrase, finding.count) == ("texts nearly equal to one in train", 1)
    without = audit(samples, near=False)
    assert without.findings == ()
    assert [u.what for u in without.unchecked] == ["nearly equal texts and pictures"]


def pictures(samples: list[Sample], of: Callable[[int], Any]) -> list[Sample]:
    return [replace(s, media={"face": Media(array=of(i))}) for i, s in enumerate(samples)]


def blots(seed: int) -> Any:
    made = np.random.default_rng(seed).integers(0, 256, (6, 6), np.uint8)
    return np.asarray(Image.fromarray(made).resize((48, 48), Image.Resampling.BICUBIC))


def test_equal_and_nearly_equal_pictures_are_found() -> None:
    def made(i: int) -> Any:
        return {4: blots(0), 9: (blots(1) * 0.8).astype(np.uint8), 13: np.zeros((8, 8), np.uint8)}.get(i, blots(i))

    found = audit(pictures(clean(), made))
    same, near = of(found, Check.SAME)[0], of(found, Check.NEAR)[0]
    assert (same.examples, near.examples) == (("s004",), ("s009",))
    assert found.stamp == "speakers apart; 1 picture also in train; 1 picture nearly equal to one in train"
    assert [(u.what, u.why) for u in found.unchecked] == [
        ("face of 1 of 60 samples of the corpus", "one colour throughout")
    ]


def test_equal_sounds_are_found() -> None:
    def sound(seed: int) -> Media:
        return Media(array=np.random.default_rng(seed).normal(0, 0.1, 400).astype(np.float32))

    samples = [replace(s, media={"speech": sound(i % 59)}) for i, s in enumerate(clean())]
    finding = only(audit(samples), Check.SAME)
    assert (finding.phrase, finding.examples) == ("sounds also in train", ("s059",))


def test_overlapping_windows_of_a_recording_are_a_leak() -> None:
    def media(i: int) -> dict[str, Media]:
        return {"speech": Media(path=f"talk{i // 5}.wav", start_s=float(i % 5), end_s=i % 5 + 0.9)}

    samples = [replace(s, media=media(i)) for i, s in enumerate(clean())]
    assert of(audit(samples, files=False), Check.OVERLAP) == []
    samples = change(samples, 4, media={"speech": Media(path="talk0.wav", start_s=2.5, end_s=3.5)})
    first, second = of(audit(samples, files=False), Check.OVERLAP)
    assert (first.phrase, first.examples, first.count, first.of) == (
        "speech windows that overlap one in train",
        ("s004",),
        1,
        24,
    )
    assert (second.where, second.examples, first.severity) == ("dev", ("s004",), Severity.LEAK)


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_samples_changes_nothing(random: Any) -> None:
    samples = change(clean(), 4, media={"text": Media(text=text(0))}, groups={"speaker": "p0"})
    samples = change(samples, 9, media={"text": Media(text=text(1) + " so")})
    mixed = list(samples)
    random.shuffle(mixed)
    other = [replace(s, split=None) for s in samples[:40]]
    given = {"against": other, "against_tasks": (VA,)}
    assert audit(mixed, **given).to_json() == audit(samples, **given).to_json()


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, 23), max_size=8), st.sets(st.integers(0, 23), max_size=8))
def test_every_planted_leak_is_counted(texts: set[int], speakers: set[int]) -> None:
    samples = clean()
    later = [i for i, s in enumerate(samples) if s.split != "train"]
    for place in texts:
        samples = change(samples, later[place], media={"text": Media(text=text(0))})
    for place in speakers:
        samples = change(samples, later[place], groups={"speaker": "p0"})
    found = audit(samples, near=False)
    assert sum(f.count for f in of(found, Check.SAME)) == len(texts)
    assert sum(f.numbers["dev"] + f.numbers["test"] for f in of(found, Check.GROUP)) == len(speakers)
    assert ("text" in found.apart, "speaker" in found.apart) == (not texts, not speakers)


# ---- what cannot be looked at ----------------------------------------------------------------------------------------


def told(found: Audit) -> dict[str, str]:
    return {one.what: one.why for one in found.unchecked}


def test_without_groups_the_audit_says_so() -> None:
    found = audit([replace(s, groups={}) for s in clean()])
    assert told(found) == {"groups that the split cuts": "the samples name no speaker, dialogue, song or other group"}
    assert found.stamp == "texts apart"


def test_samples_without_a_group_are_counted() -> None:
    found = audit(change(clean(), 7, groups={}))
    assert told(found) == {"speaker of 1 of 60 samples of the corpus": "not given"}


@pytest.mark.parametrize(
    ("split", "why"), [("train", "all samples are in train"), (None, "there is no split")], ids=["one part", "none"]
)
def test_a_split_with_one_part_or_none_is_told(split: str | None, why: str) -> None:
    samples = [replace(s, split=split) for s in change(clean(), 4, media={"text": Media(text=text(0))})]
    found = audit(samples)
    assert told(found) == {"what the parts share": why}
    finding = only(found, Check.SAME)
    assert (finding.phrase, finding.count, finding.of) == ("texts also in other samples", 2, 60)
    assert found.stamp == "no split to look at; 2 texts also in other samples"


def test_samples_outside_the_split_are_counted() -> None:
    found = audit(change(clean(), 4, split=None, groups={"speaker": "p0"}))
    assert told(found) == {"1 of 60 samples of the corpus": "they are in no part"}
    assert found.findings == ()


def test_duplicated_ids_are_told_and_counted_as_samples() -> None:
    samples = change(clean(), 4, id="s000", media={"text": Media(text=text(0))})
    found = audit(samples)
    (twice,) = of(found, Check.TWICE)
    assert (twice.phrase, twice.count, twice.of, twice.examples) == ("ids that several samples have", 1, 59, ("s000",))
    (same,) = of(found, Check.SAME)
    assert same.count == 1


def test_short_texts_absent_media_and_broken_files_are_told() -> None:
    samples = [replace(s, media=dict(s.media) | {"face": Media(array=blots(i))}) for i, s in enumerate(clean())]
    samples = change(samples, 0, media={"text": Media(text="So what?")})
    samples = change(samples, 1, media=dict(samples[1].media) | {"face": Media(path="nowhere.png")})
    assert [(u.what, u.why) for u in audit(samples).unchecked] == [
        (
            "face of 1 of 60 samples of the corpus",
            "cannot be read; the first is s001: expected a picture at nowhere.png; found none; correct the path",
        ),
        ("face of 1 of 60 samples of the corpus", "not there"),
        ("text of 1 of 60 samples of the corpus", "fewer than 12 letters and digits"),
    ]
    assert [u.why for u in audit(samples, files=False).unchecked] == [
        "files were not to be opened",
        "not there",
        "fewer than 12 letters and digits",
    ]


def test_an_unknown_modality_is_told() -> None:
    samples = [replace(s, media={"smell": Media(path=f"{i}.bin")}) for i, s in enumerate(clean())]
    why = told(audit(samples))["smell of the corpus"]
    assert why.startswith("expected the name of a modality; found 'smell'; ")


def test_no_media_at_all_is_told() -> None:
    found = audit([replace(s, media={}) for s in clean()])
    assert told(found) == {"what the samples hold": "they have no media"}
    assert found.stamp == "speakers apart"


def test_without_the_extra_the_rest_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str, needed_by: str, extra: str) -> Any:
        raise MissingExtra.of(needed_by, name, extra)

    monkeypatch.setattr(find, "library", missing)
    features = Features(tuple(s.id for s in clean()), ("a",), np.ones((60, 1)))
    found = audit(change(clean(), 4, media={"text": Media(text=text(0))}), features=features)
    only(found, Check.SAME)
    assert list(told(found)) == ["nearly equal texts", "labels in the features"]
    assert all(why.endswith("pip install 'affectkit[analysis]'") for why in told(found).values())


def test_no_samples_is_an_error() -> None:
    with pytest.raises(DataError, match=r"^expected samples in mine; found none; check the folder, the path or the op"):
        audit([], name="mine")


# ---- two corpora -----------------------------------------------------------------------------------------------------


def sister(samples: list[Sample], ids: str = "s", **changes: Any) -> list[Sample]:
    return [replace(s, id=ids + s.id[1:], split=None, groups={}, **changes) for s in samples]


def test_a_corpus_inside_another_is_found_by_its_texts() -> None:
    found = audit(clean(), against=sister(clean(40), "t"), name="ours", against_name="theirs")
    same, inside = of(found, Check.SAME)[0], of(found, Check.INSIDE)[0]
    assert (same.phrase, same.count, same.of) == ("texts also in theirs", 40, 60)
    assert same.numbers == {"train": 24, "dev": 8, "test": 8}
    assert (inside.phrase, inside.count, inside.of) == ("theirs lies inside ours, by its texts", 40, 40)
    reverse = of(audit(sister(clean(40), "t"), against=clean(), name="theirs", against_name="ours"), Check.INSIDE)[0]
    assert reverse.phrase == inside.phrase


def test_half_a_corpus_is_not_inside() -> None:
    strange = [replace(s, media={"text": Media(text=text(900 + i))}) for i, s in enumerate(clean(30))]
    found = audit(clean(), against=sister(clean(30), "t") + sister(strange, "u"))
    assert of(found, Check.INSIDE) == []
    assert of(found, Check.SAME)[0].count == 30


def test_equal_ids_of_other_texts_are_chance() -> None:
    other = [replace(s, media={"text": Media(text=text(500 + i))}) for i, s in enumerate(sister(clean()))]
    found = audit(clean(), against=other, against_tasks=(VA,))
    assert found.findings == ()


def test_ids_alone_are_a_note_and_labels_make_them_sure() -> None:
    other = sister(clean(40), media={})
    assert only(audit(clean(), against=other), Check.ID).severity is Severity.NOTE
    found = audit(clean(), against=other, against_tasks=(VA,), name="ours", against_name="theirs")
    assert [f.phrase for f in found.findings] == ["theirs lies inside ours, by its ids", "ids also in theirs"]


def test_shared_groups_of_one_kind_are_told() -> None:
    other = [replace(s, id=f"t{s.id}", media={"text": Media(text=text(500 + i))}) for i, s in enumerate(clean())]
    finding = only(audit(clean(), against=other, against_name="theirs"), Check.GROUP)
    assert (finding.phrase, finding.count, finding.of) == ("speakers also in theirs", 10, 10)
    assert finding.short == "10 speakers also in theirs"


def rated(s: Sample, how: Callable[[float, float], tuple[float, float]]) -> Sample:
    value = s.rated("va")[0].value
    assert isinstance(value, tuple)
    return replace(s, ratings=(Rating("va", how(*value)),))


@pytest.mark.parametrize("by", ["ids", "texts"])
def test_exchanged_dimensions_are_found(by: str) -> None:
    plain = sister(clean(), "s" if by == "ids" else "t")
    if by == "ids":
        plain = [replace(s, media={}) for s in plain]
    straight = [rated(s, lambda v, a: (0.9 * v, 0.9 * a)) for s in plain]
    crossed = [rated(s, lambda v, a: (0.9 * a, 0.9 * v)) for s in plain]
    given = {"against_tasks": (VA,), "name": "ours", "against_name": "theirs"}
    assert of(audit(clean(), against=straight, **given), Check.EXCHANGED) == []
    (finding,) = of(audit(clean(), against=crossed, **given), Check.EXCHANGED)
    assert finding.phrase == "valence and arousal of va look exchanged against va of theirs"
    values = np.asarray([s.rated("va")[0].value for s in clean()])
    assert finding.numbers["valence with arousal"] == pytest.approx(1, abs=1e-5)
    assert finding.numbers["valence with valence"] == pytest.approx(np.corrcoef(values.T)[0, 1], abs=1e-5)
    assert (finding.count, finding.severity) == (60, Severity.WARNING)


def test_too_few_common_items_are_told() -> None:
    found = audit(clean(), against=sister(clean(20)), against_tasks=(VA,), against_name="theirs")
    assert told(found) == {
        "whether dimensions were exchanged": "fewer than 30 items of the corpus are known to be in theirs with two "
        "equal dimensions"
    }


# ---- features --------------------------------------------------------------------------------------------------------


def features(samples: list[Sample], column: Callable[[Sample], float]) -> Features:
    rng = np.random.default_rng(1)
    values = np.column_stack([rng.normal(0, 1, (len(samples), 3)), [column(s) for s in samples]])
    return Features(tuple(s.id for s in samples), ("a", "b", "c", "last"), values)


def test_features_made_of_a_label_are_a_leak() -> None:
    samples = clean(200)
    found = audit(samples, features=features(samples, lambda s: 5 - 2 * s.rated("va")[0].value[1]))  # type: ignore[index,operator]
    finding = only(found, Check.FEATURES)
    assert (finding.phrase, finding.severity) == ("arousal of va can be read off the features", Severity.LEAK)
    assert finding.numbers["r2"] > 0.99
    assert finding.examples[0].endswith("last alone has r 1.000")


def test_a_labels_number_is_found_though_no_line_fits_it() -> None:
    samples, number = clean(200), {"anger": 2, "joy": 0, "sadness": 1}
    found = audit(samples, features=features(samples, lambda s: number[str(s.rated("mood")[0].value)]))
    assert {f.what for f in of(found, Check.FEATURES)} == {"anger of mood", "joy of mood", "sadness of mood"}


@pytest.mark.parametrize("noise", [0.5, 2.0])
def test_good_features_are_no_leak(noise: float) -> None:
    samples, rng = clean(200), np.random.default_rng(2)
    good = features(samples, lambda s: s.rated("va")[0].value[0] + rng.normal(0, noise))  # type: ignore[index,operator]
    assert of(audit(samples, features=good), Check.FEATURES) == []


def test_features_of_groups_serve_their_samples_and_gaps_are_no_matter() -> None:
    samples = [replace(s, groups={"song": f"song{i}"}) for i, s in enumerate(clean(100))]
    values = np.asarray([[s.rated("va")[0].value[0], np.nan] for s in samples])  # type: ignore[index]
    found = audit(samples, features=Features(tuple(f"song{i}" for i in range(100)), ("x", "gap"), values))
    assert only(found, Check.FEATURES).what == "valence of va"


def test_r2_is_scikit_learns() -> None:
    from sklearn.linear_model import LinearRegression
    from sklearn.model_selection import cross_val_predict

    from affectkit.analysis._read_off import predicted

    rng = np.random.default_rng(4)
    x = rng.normal(0, 1, (2000, 3))
    y = (x @ [1.0, -2.0, 0.5] + rng.normal(0, 1, 2000))[:, None]
    said = cross_val_predict(LinearRegression(), x, y, cv=5)
    wanted = 1 - ((y - said) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    assert predicted(x, y)[0] == pytest.approx(wanted, abs=0.01)
    assert predicted(x, np.ones((2000, 1)))[0] == -np.inf


@pytest.mark.parametrize(
    ("keys", "names", "sentence"),
    [
        (("a",), ("x",), r"^expected features \(1, 1\), a row per key; found \(2, 1\); correct the table$"),
        (("a", "a"), ("x",), r"^expected each key once among the features; found 'a' twice; remove the repeats$"),
    ],
)
def test_bad_features_are_refused(keys: tuple[str, ...], names: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        Features(keys, names, np.zeros((2, 1)))


def test_features_of_other_samples_are_told() -> None:
    found = audit(clean(), features=Features(("x", "y"), ("a",), np.zeros((2, 1))))
    assert told(found) == {"labels in the features": "0 of 60 samples have a row, 30 are needed"}


# ---- saying it -------------------------------------------------------------------------------------------------------


def test_json_holds_all_that_was_found() -> None:
    found = audit(change(clean(), 4, media={"text": Media(text=text(0))}), name="mine")
    made = json.loads(json.dumps(found.to_json()))
    assert made["stamp"] == found.stamp
    assert made["findings"] == [
        {
            "check": "same",
            "what": "text",
            "where": "train",
            "count": 1,
            "of": 24,
            "severity": "warning",
            "examples": ["s004"],
            "numbers": {"test": 1},
            "phrase": "texts also in train",
        }
    ]
    assert (made["name"], made["against"], made["apart"], made["unchecked"]) == ("mine", None, ["speaker"], [])


def test_leaks_come_before_warnings_and_notes() -> None:
    samples = change(clean(), 4, media={"text": Media(text=text(0))}, groups={"speaker": "p0", "room": "a"})
    samples = change(samples, 0, groups={"speaker": "p0", "room": "a"})
    found = audit(samples, disjoint=("room",))
    assert [f.severity for f in found.findings] == [Severity.LEAK, Severity.WARNING, Severity.NOTE]


@pytest.mark.parametrize(
    ("what", "plural"),
    [("speaker", "speakers"), ("series", "series"), ("personality", "personalities"), ("day", "days")],
)
def test_plurals(what: str, plural: str) -> None:
    assert many(what) == plural


# ---- the real corpora ------------------------------------------------------------------------------------------------


def there(*names: str) -> None:
    """Skip the test where a corpus is not at hand."""
    for name in names:
        try:
            corpora.root(name)
        except UsageError as error:
            pytest.skip(str(error))


def audit_of(name: str, against: str | None = None, **given: Any) -> Audit:
    """As the command does it."""
    there(name, *([against] if against else []))
    if against is not None:
        given |= {"against": corpora.samples(against), "against_tasks": corpora.tasks(against), "against_name": against}
    disjoint = corpora.card(name).get("disjoint", ())
    return splits.audit(corpora.samples(name), tasks=corpora.tasks(name), disjoint=disjoint, name=name, **given)


def test_meld_and_emorynlp_share_1813_texts() -> None:
    found = audit_of("meld", "emorynlp", near=False)
    (shared,) = [f for f in of(found, Check.SAME) if f.where == "emorynlp"]
    assert shared.count == 1813
    assert found.leaks == ()
    assert found.apart == ("dialogue",)


@pytest.fixture(scope="module")
def brighter() -> list[Sample]:
    there("brighter", "red_ro")
    return list(corpora.samples("brighter"))


def test_brighter_romanian_and_red_share_647_texts(brighter: list[Sample]) -> None:
    romanian = [sample for sample in brighter if sample.groups["language"] == "ron"]
    found = splits.audit(romanian, corpora.samples("red_ro"), near=False, against_name="red_ro")
    (shared,) = [f for f in of(found, Check.SAME) if f.where == "red_ro"]
    assert (shared.count, shared.of) == (647, 2480)
    assert "text" in found.apart


def test_brighters_texts_lie_in_several_splits(brighter: list[Sample]) -> None:
    keys: dict[str, set[str]] = {"train": set(), "dev": set(), "test": set()}
    rows = []
    for sample in brighter:
        plain = re.sub(r"\W", "", unicodedata.normalize("NFKD", sample.media["text"].text or "")).lower()
        if len(plain) >= 12:
            keys[str(sample.split)].add(plain)
            rows.append((sample.split, plain))
    wanted = sum(split != "train" and key in keys["train"] for split, key in rows)
    finding = of(splits.audit(brighter, near=False), Check.SAME)[0]
    assert (finding.where, finding.count) == ("train", wanted)
    assert wanted > 100


def test_faces_of_ferplus_that_train_has_too() -> None:
    found = audit_of("ferplus", near=False)
    first = of(found, Check.SAME)[0]
    assert (first.phrase, first.count, first.of) == ("pictures also in train", 567, 7152)
    assert found.stamp.startswith("567 pictures also in train")


def test_ravdess_keeps_speakers_apart_and_shares_sentences() -> None:
    found = audit_of("ravdess", files=False)
    assert found.leaks == ()
    assert found.stamp == "folds apart; speakers apart; sentences shared"


def test_emomusic_lies_inside_deam() -> None:
    for name, against in (("emomusic", "deam"), ("deam", "emomusic")):
        (inside,) = of(audit_of(name, against), Check.INSIDE)
        assert (inside.phrase, inside.count, inside.of) == ("emomusic lies inside deam, by its ids", 744, 744)


def test_deam_as_released_has_valence_and_arousal_exchanged() -> None:
    (finding,) = of(audit_of("deam", "emomusic"), Check.EXCHANGED)
    assert finding.what == "valence and arousal of deam.released"  # and not of deam, which is put right
    assert finding.count == 744
    assert finding.numbers["valence with arousal"] == pytest.approx(0.9998, abs=5e-5)
    assert finding.numbers["valence with valence"] == pytest.approx(0.60, abs=0.01)
