"""Keys of equal things, pairs of nearly equal ones, windows that overlap: against plain loops and other libraries."""

from __future__ import annotations

import io
import unicodedata
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any

import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from affectkit import find
from affectkit.analysis import duplicates
from affectkit.analysis.duplicates import Form
from affectkit.errors import InputError, MissingExtra
from affectkit.modalities import text as text_modality
from affectkit.sample import Media

FACE, SPEECH = find.load("modalities", "face"), find.load("modalities", "speech")
WINDOWS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 8)).map(lambda w: (float(w[0]), float(w[0] + w[1]))), max_size=12
)


def picture(seed: int, side: int = 48) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Smooth blots in three colours."""
    blots = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    return np.asarray(Image.fromarray(blots).resize((side, side), Image.Resampling.BICUBIC))


# ---- equal -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("I can't  believe it!", "icantbelieveit"),
        ("CÁ NH ÉS ŢI sunteţi", "canhestisunteti"),
        ("ﬁne, ｆｉｎｅ, ①②③", "finefine123"),
        ("snake_case_words", "snake_case_words"),
        ("Thank you!!!!!!!!", None),
        ("🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂", None),
    ],
)
def test_a_texts_key_is_its_letters_and_digits(text: str, key: str | None) -> None:
    content = duplicates.read(text_modality, Media(text=text))
    assert content.key == text_modality.letters(text) == (key if key is None or len(key) >= 12 else None)


@given(st.text(max_size=40))
def test_a_texts_key_follows_the_rule(text: str) -> None:
    whole = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in whole if c.isalnum() or c == "_" or vowel_sign(c)).lower()
    assert text_modality.letters(text) == (plain if len(whole) and len(plain) >= 12 else None)


def vowel_sign(c: str) -> bool:
    """A mark that is no accent above or below its letter, in scripts that write vowels so."""
    place = ord(c)
    script = 0x590 <= place <= 0x1AAF or place in (0x3099, 0x309A) or 0xA800 <= place <= 0xABFF
    return script and unicodedata.category(c)[0] == "M" and unicodedata.combining(c) < 200


def test_vowel_signs_are_kept_where_they_make_another_word() -> None:
    assert text_modality.letters("हे की", least=1) != text_modality.letters("हे कि", least=1)
    assert text_modality.letters("が", least=1) != text_modality.letters("か", least=1)
    assert text_modality.letters("Ţi-e dor? ❤\ufe0f", least=1) == "tiedor"


def test_a_picture_is_equal_whatever_file_it_lies_in(tmp_path: Path) -> None:
    for name in ("a.png", "a.bmp"):
        Image.fromarray(picture(0)).save(tmp_path / name)
    first, second = (duplicates.read(FACE, Media(path=str(tmp_path / name))) for name in ("a.png", "a.bmp"))
    assert first.form is Form.PICTURE
    assert first.key == second.key == duplicates.read(FACE, Media(array=picture(0))).key
    changed = picture(0).copy()
    changed[0, 0, 0] ^= 1
    assert duplicates.read(FACE, Media(array=changed)).key != first.key
    assert first.look is not None
    assert duplicates.read(FACE, Media(array=picture(0)), looks=False).look is None


def test_a_sound_is_equal_whatever_its_blocks() -> None:
    class InBlocks(ModuleType):
        @staticmethod
        def open(media: Media) -> Any:
            assert media.array is not None
            return iter(np.array_split(media.array, 7))

    sound = np.random.default_rng(0).normal(0, 0.1, 5000).astype(np.float32)
    whole, cut = (duplicates.read(part, Media(array=sound)) for part in (SPEECH, InBlocks("blocks")))
    assert whole.form is Form.SOUND
    assert whole.key == cut.key != duplicates.read(SPEECH, Media(array=sound[:-1])).key


@pytest.mark.parametrize(
    ("part", "array"),
    [(FACE, np.full((8, 8, 3), 7, np.uint8)), (SPEECH, np.zeros(100, np.float32))],
    ids=["one colour", "silence"],
)
def test_emptiness_is_equal_to_nothing(part: ModuleType, array: Any) -> None:
    assert duplicates.read(part, Media(array=array)).key is None


def test_other_arrays_are_items() -> None:
    assert duplicates.form_of(np.zeros((100, 14), np.float32)) is Form.OTHER
    assert duplicates.form_of(np.zeros((100, 2), np.float32)) is Form.SOUND
    assert duplicates.form_of(np.zeros((4, 8, 8, 3), np.uint8)) is Form.OTHER


def test_a_file_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(InputError, match=r"^expected a picture at nowhere\.png; found none; correct the path$"):
        duplicates.read(FACE, Media(path="nowhere.png"))


# ---- nearly equal texts ----------------------------------------------------------------------------------------------


@given(st.text("ab", min_size=1, max_size=12), st.text("ab", min_size=1, max_size=12))
def test_resemblance_is_the_jaccard_index_of_runs(a: str, b: str) -> None:
    one, other = ({t[i : i + 4] for i in range(max(1, len(t) - 3))} for t in (a, b))
    assert duplicates.resemblance(a, b) == len(one & other) / len(one | other)
    assert duplicates.resemblance(a, b) == duplicates.resemblance(b, a)
    assert duplicates.resemblance(a, a) == 1


def sentences(n: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), rng.integers(3, 8))) for _ in range(400)]
    return sorted({"".join(rng.choice(words, 9)) for _ in range(n)})


def test_near_texts_are_all_pairs_that_a_plain_loop_finds() -> None:
    made = sentences(100)
    keys = sorted({*made, *(s[:-2] + "zz" for s in made[:40]), *(f"well{s}" for s in made[40:60])})
    wanted = {(i, j) for i, j in combinations(range(len(keys)), 2) if duplicates.resemblance(keys[i], keys[j]) >= 0.8}
    found = {(a, b) for a, b in duplicates.near_texts(keys).tolist()}
    assert found <= wanted
    assert len(found) >= 0.97 * len(wanted) > 50  # bands miss a pair at .8 with a chance of .05


def test_near_texts_finds_what_datasketchs_own_index_finds() -> None:
    from datasketch import MinHash, MinHashLSH

    made = sentences(60, seed=1)
    keys = sorted({*made, *(s[:-1] for s in made[::2])})
    index = MinHashLSH(num_perm=128, params=(16, 8))
    hashes = MinHash.bulk([[k[i : i + 4].encode() for i in range(len(k) - 3)] for k in keys], num_perm=128)
    for i, one in enumerate(hashes):
        index.insert(i, one)
    candidates = {(min(i, j), max(i, j)) for i, one in enumerate(hashes) for j in index.query(one) if i != j}
    wanted = {(i, j) for i, j in candidates if duplicates.resemblance(keys[i], keys[j]) >= 0.9}
    assert wanted <= {(a, b) for a, b in duplicates.near_texts(keys).tolist()}
    assert len(wanted) == 30


@pytest.mark.parametrize("keys", [[], ["oneonlytextkey"], ["abcdefghijkl", "mnopqrstuvwx"]])
def test_nothing_is_near_to_nothing(keys: list[str]) -> None:
    assert duplicates.near_texts(keys).shape == (0, 2)


def test_very_many_likes_are_not_all_paired() -> None:
    keys = sorted(f"{'thesametemplateforeveryoneofthelines' * 3}{i:03}" for i in range(150))
    pairs = duplicates.near_texts(keys)
    assert 150 <= len(pairs) < 150 * 149 / 2
    assert set(pairs.ravel().tolist()) == set(range(150))


def test_without_datasketch_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str, needed_by: str, extra: str) -> ModuleType:
        raise MissingExtra.of(needed_by, name, extra)

    monkeypatch.setattr(find, "library", missing)
    with pytest.raises(MissingExtra) as caught:
        duplicates.near_texts(["abcdefghijkl"])
    assert str(caught.value) == (
        "expected datasketch for the search for nearly equal texts; found it is not installed; "
        "pip install 'affectkit[analysis]'"
    )


# ---- nearly equal pictures -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [9, 48, 200])
def test_the_bits_are_those_of_imagehash(side: int) -> None:
    for seed in range(5):
        bits, small = duplicates.look(picture(seed, side))
        assert (bits == imagehash.dhash(Image.fromarray(picture(seed, side))).hash.ravel()).all()
        assert small.shape == (256,)
        assert small.mean() == pytest.approx(0, abs=1e-6)
        assert np.linalg.norm(small) == pytest.approx(1, abs=1e-5)


def altered(seed: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The picture darker, a little smaller, and from a file that loses something."""
    file = io.BytesIO()
    Image.fromarray((picture(seed, 64) * 0.8).astype(np.uint8)).resize((56, 56)).save(file, "JPEG", quality=70)
    return np.asarray(Image.open(file))


def test_near_pictures_are_the_altered_copies() -> None:
    looks = [duplicates.look(p) for p in (*(picture(s, 64) for s in range(40)), *(altered(s) for s in range(0, 40, 2)))]
    found = duplicates.near_pictures([b for b, _ in looks], [s for _, s in looks])
    assert found.tolist() == [[2 * i, 40 + i] for i in range(20)]


def test_near_pictures_follow_both_rules() -> None:
    rng = np.random.default_rng(3)
    bits = rng.random((60, 64)) < 0.5
    bits[30:] = bits[:30] ^ (rng.random((30, 64)) < 0.15)
    small = rng.normal(0, 1, (60, 256))
    small[30:] = small[:30] + rng.normal(0, 0.3, (30, 256))
    small -= small.mean(1, keepdims=True)
    small = (small / np.linalg.norm(small, axis=1, keepdims=True)).astype(np.float32)
    wanted = [
        [i, j]
        for i, j in combinations(range(60), 2)
        if (bits[i] != bits[j]).sum() <= 10 and np.corrcoef(small[i], small[j])[0, 1] >= 0.95
    ]
    assert 3 < len(wanted) < 30
    assert sorted(duplicates.near_pictures(bits, small).tolist()) == wanted
    assert duplicates.near_pictures([], []).shape == (0, 2)


# ---- windows ---------------------------------------------------------------------------------------------------------


@given(WINDOWS, WINDOWS)
def test_overlapping_windows_are_those_of_a_plain_loop(own: list[tuple[float, float]], others: Any) -> None:
    wanted = [any(a < d and c < b for c, d in others) for a, b in own]
    assert duplicates.overlapping(own, others).tolist() == wanted


def test_a_whole_recording_overlaps_all_its_windows() -> None:
    assert duplicates.overlapping([(0.0, np.inf), (5.0, 6.0)], [(8.0, 9.0)]).tolist() == [True, False]
    assert duplicates.overlapping([(8.0, 9.0)], [(0.0, np.inf)]).tolist() == [True]
