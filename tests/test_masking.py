"""Hiding words: whose chance is what, whole words only, nothing special, one outcome for one seed, epoch and row."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from affectkit import find
from affectkit.errors import DataError, MissingExtra, UnknownName
from affectkit.nn.encoders import transformer
from affectkit.train import masking
from affectkit.train.batch import Ragged
from affectkit.train.reading import Arrays, Tokens

LIST = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "i", "am", "hap", "##py", "sad", "##ly", "the", "cat", "!")
PAD, UNK, CLS, SEP, MASK, ME, AM, HAP, PY, SAD, LY, THE, CAT, BANG = range(len(LIST))
SPECIAL = LIST[:5]


def tokenizer(special: tuple[str, ...] = SPECIAL) -> Tokenizer:
    kept = [piece for piece in LIST if piece in special or piece not in SPECIAL]
    made = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(kept)}, unk_token="[UNK]"))
    made.add_special_tokens(list(special))
    return made


KNOWN = masking.pieces(tokenizer())
LEXICON = frozenset({"happy", "sad"})
TEXT = np.asarray([CLS, ME, AM, HAP, PY, UNK, LY, THE, CAT, BANG, SEP])


def numbers(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


# ---- whose chance is what --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "emotional", "often", "other"),
    [
        (20, 2, 0.5, (3 - 1) / 18),  # 15 % of twenty words are three; emotion words take one of them
        (20, 8, 0.5, 0.0),  # they would take four of the three
        (20, 0, 0.5, 0.15),
        (5, 5, 0.5, 0.0),  # nobody is left to share with
        (0, 0, 0.5, 0.0),
        (20, 7, 0.15, 0.15),  # uniform
    ],
)
def test_what_emotion_words_take_the_others_leave(words: int, emotional: int, often: float, other: float) -> None:
    assert masking.chances(words, emotional, often) == pytest.approx((often, other))


@given(st.integers(1, 200), st.integers(0, 200), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_the_expected_number_is_the_budget_or_what_emotion_words_need(
    words: int, emotional: int, often: float, budget: float
) -> None:
    emotional = min(emotional, words - 1)
    k, q = masking.chances(words, emotional, often, budget)
    assert 0 <= q <= 1 or often < budget
    assert emotional * k + (words - emotional) * q == pytest.approx(max(budget * words, often * emotional))


def test_emotion_words_are_hidden_more_often_within_one_budget() -> None:
    """A hundred words, five of them emotional: of 15 hidden ones some 2.5 are of these with .5, and .75 uniformly."""
    ids = numbers(0).choice([ME, AM, THE, CAT, BANG], 100)
    ids[::20] = SAD
    counted = {}
    for often in (0.5, 0.15):
        made = [masking.hide(ids, KNOWN, LEXICON, numbers(seed), often) for seed in range(400)]
        assert {(h.words, h.emotional) for h in made} == {(100, 5)}
        counted[often] = np.mean([(h.hidden, h.hidden_emotional) for h in made], axis=0)
        assert max(h.hidden for h in made) == 15  # where hiding stops
    # stopping at fifteen cuts off what chance would give above it: a mean of some 13.5 of 15
    assert all(13 < hidden < 15 for hidden, _ in counted.values())
    assert 2.0 < counted[0.5][1] < 2.5 and 0.6 < counted[0.15][1] < 0.75
    assert counted[0.5][0] == pytest.approx(counted[0.15][0], abs=0.4)


# ---- what is hidden --------------------------------------------------------------------------------------------------


def test_pieces_are_put_together_to_words_and_special_ones_are_in_none() -> None:
    # what goes on after an unknown piece has no word to go on with, and stands alone
    assert masking.words(TEXT, KNOWN) == [(1, 2), (2, 3), (3, 5), (6, 7), (7, 8), (8, 9), (9, 10)]
    assert masking.words(np.asarray([CLS, SEP]), KNOWN) == []
    assert masking.words(np.asarray([SAD, LY, LY, SAD]), KNOWN) == [(0, 3), (3, 4)]


def test_emotion_words_are_whole_words_in_lower_case() -> None:
    upper = Tokenizer(models.WordPiece({p.replace("hap", "HAP"): i for i, p in enumerate(LIST)}, unk_token="[UNK]"))
    upper.add_special_tokens(list(SPECIAL))
    for known in (KNOWN, masking.pieces(upper)):
        hidden = masking.hide(TEXT, known, LEXICON, numbers(0))
        assert (hidden.words, hidden.emotional) == (7, 1)
    assert masking.hide(np.asarray([SAD, LY]), KNOWN, LEXICON, numbers(0)).emotional == 0


@given(
    st.lists(st.integers(0, len(LIST) - 1).filter(lambda i: i != MASK), min_size=1, max_size=40),
    st.integers(0, 1000),
    st.sampled_from([0.15, 0.5, 0.9]),
)
def test_whole_words_are_hidden_and_nothing_special_and_not_too_much(
    listed: list[int], seed: int, often: float
) -> None:
    ids = np.asarray(listed)
    before = ids.copy()
    found = masking.hide(ids, KNOWN, LEXICON, numbers(seed), often)
    assert np.array_equal(ids, before)
    there = found.labels != masking.SEEN
    assert np.array_equal(found.labels[there], ids[there]) and np.array_equal(found.tokens[~there], ids[~there])
    assert not np.isin(ids[there], (PAD, UNK, CLS, SEP)).any()
    assert not np.isin(found.tokens[there], (PAD, UNK, CLS, SEP)).any()
    spans = masking.words(ids, KNOWN)
    whole = [there[a:b].all() for a, b in spans]
    assert all(there[a:b].any() == all_ for (a, b), all_ in zip(spans, whole, strict=True))
    assert sum(whole) == found.hidden
    strong = ["".join(LIST[i].removeprefix("##") for i in ids[a:b]) in LEXICON for a, b in spans]
    assert (sum(strong), len(spans)) == (found.emotional, found.words)
    assert sum(w and s for w, s in zip(whole, strong, strict=True)) == found.hidden_emotional
    longest = max((b - a for a, b in spans), default=0)
    assert there.sum() < max(1, round(0.15 * len(ids))) + longest or not there.any()


def test_of_the_hidden_eighty_percent_are_masked_ten_are_others_and_ten_stay() -> None:
    ids = np.full(20_000, CAT)
    found = masking.hide(ids, KNOWN, frozenset(), numbers(3))
    at = found.tokens[found.labels != masking.SEEN]
    n = len(at)
    assert n == 3000
    own, others = len(LIST) - len(SPECIAL), np.isin(at, (ME, AM, HAP, PY, SAD, LY, THE, BANG)).sum()
    deviation = np.sqrt(0.09 * n)  # of a count with a chance of .1; that of .8 is a third wider
    assert abs((at == MASK).sum() - 0.8 * n) < 4 * 4 / 3 * deviation
    assert abs(others - 0.1 * n * (own - 1) / own) < 4 * deviation
    assert abs((at == CAT).sum() - (0.1 + 0.1 / own) * n) < 4 * deviation


def test_a_text_of_nothing_but_emotion_words_and_one_of_nothing_at_all() -> None:
    found = masking.hide(np.asarray([CLS, SAD, SAD, SAD, SEP]), KNOWN, LEXICON, numbers(0), often=0.9)
    assert (found.words, found.emotional, found.hidden) == (3, 3, 1)
    assert masking.hide(np.asarray([CLS, SEP]), KNOWN, LEXICON, numbers(0)).hidden == 0


# ---- batches ---------------------------------------------------------------------------------------------------------


def texts() -> dict[str, Ragged]:
    rng = numbers(5)
    rows = [np.asarray([CLS, *rng.integers(ME, len(LIST), n), SEP]) for n in (30, 4, 17, 1, 9)]
    return {"text": Ragged(np.concatenate(rows).astype(np.int32), np.cumsum([0, *map(len, rows)]))}


def test_a_row_is_hidden_alike_in_every_batch_and_otherwise_in_every_epoch_and_seed() -> None:
    hider = masking.Hider(KNOWN, LEXICON, 0.5, 0.15, seed=1)
    whole = hider.batch(texts(), np.arange(5), epoch=2)
    some = hider.batch(texts(), np.asarray([2, 0]), epoch=2)
    for i, row in enumerate((2, 0)):
        for name in ("text", masking.LABELS):
            n = whole.lengths[name][row]
            assert np.array_equal(whole.inputs[name][row, :n], some.inputs[name][i, :n])
    other = masking.Hider(KNOWN, LEXICON, 0.5, 0.15, seed=2)
    for changed in (hider.batch(texts(), np.arange(5), epoch=3), other.batch(texts(), np.arange(5), epoch=2)):
        assert not np.array_equal(whole.inputs[masking.LABELS], changed.inputs[masking.LABELS])


def test_lengths_travel_and_padding_is_nothing_to_guess() -> None:
    made = masking.Hider(KNOWN, LEXICON, 0.5, 0.15, seed=0).batch(texts(), np.asarray([1, 0]), epoch=0)
    assert list(made.inputs) == ["text", masking.LABELS]
    assert [n.tolist() for n in made.lengths.values()] == [[6, 32], [6, 32]]
    assert made.inputs["text"].shape == made.inputs[masking.LABELS].shape == (2, 32)
    assert (made.inputs["text"][0, 6:] == 0).all() and (made.inputs[masking.LABELS][0, 6:] == masking.SEEN).all()


# ---- the tokenizer ---------------------------------------------------------------------------------------------------


def test_a_piece_for_what_is_hidden_is_added_and_starts_as_the_unknown_one() -> None:
    plain = Tokens("text", tokenizer(SPECIAL[:4]), 8, None)
    given_ = masking.with_mask(plain)
    assert isinstance(given_, Tokens) and given_.rows is not None
    assert given_.tokenizer.token_to_id("[MASK]") == 13 == len(given_.rows) - 1
    assert given_.rows == [*([i] for i in range(13)), [UNK]]
    assert plain.tokenizer.token_to_id("[MASK]") is None and plain.rows is None
    assert given_.tokenizer.encode("cat").tokens == ["cat"]
    cut = masking.with_mask(Tokens("text", tokenizer(SPECIAL[:4]), 8, [[100 + i] for i in range(13)]))
    assert isinstance(cut, Tokens) and cut.rows is not None and cut.rows[-1] == [101]
    for ready in (Tokens("text", tokenizer(), 8, None), Arrays("text")):
        assert masking.with_mask(ready) is ready


def test_the_small_transformers_own_tokenizer_can_hide_words() -> None:
    learnt = transformer.train_tokenizer(transformer.Config(vocabulary=60), ["so happy today"] * 3)
    made = masking.with_mask(Tokens("text", learnt, 8, None))
    assert isinstance(made, Tokens)
    known = masking.pieces(made.tokenizer)
    ids = np.asarray(made.tokenizer.encode("so happy").ids)
    assert known.mask == learnt.get_vocab_size()
    assert masking.hide(ids, known, LEXICON, numbers(0)).emotional == 1
    assert masking.hide(ids, known, LEXICON, numbers(0)).words == 2


def test_tokenizers_that_cannot_hide_words_are_refused() -> None:
    with pytest.raises(DataError) as caught:
        masking.pieces(Tokenizer(models.BPE()))
    assert str(caught.value) == "expected a WordPiece tokenizer to hide whole words; found BPE; use another encoder"
    with pytest.raises(DataError) as caught:
        masking.pieces(tokenizer(SPECIAL[:4]))
    assert str(caught.value) == ("expected a piece [MASK] in the tokenizer; found none; begin at a run that hid words")


def test_an_unknown_masking_offers_the_nearest() -> None:
    assert [masking.chosen(m) for m in ("emotion", "uniform", "none")] == list(masking.Masking)
    with pytest.raises(UnknownName) as caught:
        masking.chosen("emotions")
    assert str(caught.value) == "expected the name of a masking; found 'emotions'; did you mean emotion?"


# ---- the words -------------------------------------------------------------------------------------------------------


def test_emotion_words_are_the_names_and_synonyms_that_are_one_word() -> None:
    plutchik = find.load("taxonomies", "plutchik")
    assert masking.emotion_words(("plutchik",)) == {*plutchik.NAMES, *plutchik.SYNONYMS}
    goemotions = find.load("taxonomies", "goemotions")
    meaning_nothing = {"neutral", *(s for s, name in goemotions.SYNONYMS.items() if name == "neutral")}
    assert {"neutral", "none", "no emotion"} <= meaning_nothing
    assert masking.emotion_words(("goemotions",)) == {*goemotions.NAMES, *goemotions.SYNONYMS} - meaning_nothing
    assert masking.emotion_words(("vad",)) == frozenset()
    every = masking.emotion_words()
    assert masking.emotion_words(("plutchik", "goemotions")) <= every
    assert all(word.isalpha() and word == word.lower() for word in every)


def test_vader_adds_its_words_but_not_its_emoticons() -> None:
    pytest.importorskip("vaderSentiment")
    own, both = masking.emotion_words(("plutchik",)), masking.emotion_words(("plutchik",), vader=True)
    assert own < both and len(both) > 5000
    assert {"horrible", "adore", "wept"} <= both
    assert not both & {":)", "$:", "l8r", "the", "cat"}


def test_without_the_package_vaders_words_are_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str, needed_by: str, extra: str) -> SimpleNamespace:
        raise MissingExtra.of(needed_by, name, extra)

    monkeypatch.setattr(find, "library", missing)
    with pytest.raises(MissingExtra) as caught:
        masking.emotion_words(("plutchik",), vader=True)
    assert str(caught.value) == (
        "expected vaderSentiment for the emotion words of VADER; found it is not installed; "
        "pip install 'affectkit[test]'"
    )


def test_special_pieces_are_told_from_text_by_the_tokenizers_own_list() -> None:
    form = json.loads(tokenizer().to_str())
    assert [token["content"] for token in form["added_tokens"]] == list(SPECIAL)
    assert np.flatnonzero(KNOWN.special).tolist() == [PAD, UNK, CLS, SEP, MASK]
    assert np.flatnonzero(KNOWN.goes_on).tolist() == [PY, LY]
    assert KNOWN.text[PY] == "py" and KNOWN.mask == MASK
