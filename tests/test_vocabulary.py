"""The cut token table: pieces that stay split texts as before, emoji are known, each row says where it starts from."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from affectkit.errors import DataError
from affectkit.train import vocabulary

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WORDS = (
    "happy",
    "sad",
    "un",
    "##happy",
    "##ness",
    "the",
    "rocket",
    "face",
    "with",
    "tears",
    "of",
    "joy",
    "symbol",
    "♥",
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
PIECES = ("[PAD]", *WORDS[:4], *SPECIAL[1:], *WORDS[4:], *LETTERS, *(f"##{c}" for c in LETTERS), "!", ".")


def bert() -> Tokenizer:
    made = Tokenizer(models.WordPiece({p: i for i, p in enumerate(PIECES)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", PIECES.index("[SEP]")), ("[CLS]", PIECES.index("[CLS]")))
    made.add_special_tokens(list(SPECIAL))
    return made


TEXTS = ["the happy rocket!", "so happy unhappy 🚀🚀", "🇫🇮 ⭐⭐", "⠿⠿ love ♥"]


def test_ids_are_contiguous_and_padding_stays_nought() -> None:
    found, rows = vocabulary.adapt(bert(), TEXTS)
    ids = found.get_vocab()
    assert sorted(ids.values()) == list(range(len(rows)))
    assert ids["[PAD]"] == 0
    assert ids["[SEP]"] != PIECES.index("[SEP]"), "special tokens have new numbers"
    encoded = found.encode("happy")
    assert encoded.tokens == ["[CLS]", "happy", "[SEP]"]
    assert encoded.ids == [ids[t] for t in encoded.tokens]


def test_pieces_not_seen_leave_and_letters_stay() -> None:
    found, _ = vocabulary.adapt(bert(), TEXTS, seen=2)
    ids = found.get_vocab()
    assert "happy" in ids  # twice
    assert "the" not in ids  # once
    assert "sad" not in ids
    assert set(LETTERS) | {f"##{c}" for c in LETTERS} | set(SPECIAL) <= set(ids)
    assert found.encode("sad", add_special_tokens=False).tokens == ["s", "##a", "##d"]


def test_every_row_starts_from_its_own_piece_or_its_name() -> None:
    whole = bert()
    found, rows = vocabulary.adapt(whole, TEXTS)
    old, new = whole.get_vocab(), found.get_vocab()
    for piece, i in new.items():
        if piece in old:
            assert rows[i] == [old[piece]]
    joy = rows[new["😂"]]
    assert [whole.id_to_token(i) for i in joy] == ["face", "with", "tears", "of", "joy"]
    assert [whole.id_to_token(i) for i in rows[new["🚀"]]] == ["rocket"]
    assert all(rows), "no piece starts from nothing"
    assert max(i for r in rows for i in r) < len(old)


def test_emoji_are_known_wherever_they_stand() -> None:
    whole = bert()
    found, _ = vocabulary.adapt(whole, TEXTS)
    assert "[UNK]" in whole.encode("happy🚀🚀").tokens
    assert found.encode("happy🚀🚀", add_special_tokens=False).tokens == ["happy", "🚀", "🚀"]
    assert found.encode("😂", add_special_tokens=False).tokens == ["😂"], "common faces are there unseen"


@pytest.mark.parametrize("text", ["🇫🇮", "⭐⭐", "♥♥"])
def test_a_symbol_that_was_added_is_never_part_of_an_unknown_word(text: str) -> None:
    found, _ = vocabulary.adapt(bert(), TEXTS)
    assert found.encode(text, add_special_tokens=False).tokens == list(text)


def test_a_known_symbol_seen_too_seldom_stays() -> None:
    assert "♥" in vocabulary.adapt(bert(), TEXTS, seen=2)[0].get_vocab()


def test_braille_that_pictures_are_drawn_with_is_not_added() -> None:
    assert "⠿" not in vocabulary.adapt(bert(), TEXTS)[0].get_vocab()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(alphabet="hapysdunerockt !.", min_size=1, max_size=30), min_size=1, max_size=5))
def test_texts_whose_pieces_all_stay_are_split_as_before(texts: list[str]) -> None:
    whole = bert()
    found, rows = vocabulary.adapt(whole, texts, seen=1)
    for text in texts:
        encoded = found.encode(text)
        assert encoded.tokens == whole.encode(text).tokens
        assert [rows[i] for i in encoded.ids] == [[i] for i in whole.encode(text).ids]


def test_the_same_texts_give_the_same_table() -> None:
    first, second = (vocabulary.adapt(bert(), TEXTS) for _ in range(2))
    assert first[0].to_str() == second[0].to_str()
    assert first[1] == second[1]


def test_added_symbols_are_named_symbols() -> None:
    found, _ = vocabulary.adapt(bert(), TEXTS)
    for piece in set(found.get_vocab()) - set(PIECES):
        assert len(piece) == 1
        assert unicodedata.category(piece) in ("So", "Sk")


def test_another_kind_of_tokenizer_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        vocabulary.adapt(Tokenizer(models.BPE()), ["x"])
    assert str(caught.value) == "expected a WordPiece tokenizer; found BPE; train with --set seen=0"
