"""A tokenizer cut to the pieces that a corpus uses, with emoji added: smaller files, and "😂" is no longer unknown.

A WordPiece table holds many pieces that English emotion text never uses, and no emoji. `adapt` keeps the pieces seen at
least `seen` times (and every ASCII character, so that no word becomes unreadable) and adds emoji, each starting as the
mean of the pieces of its Unicode name ("face with tears of joy").
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from tokenizers import Tokenizer

from ..errors import DataError

# symbols and dingbats; arrows and stars; pictographs, emoticons, flags' letters. Not braille, which is drawn with
_BLOCKS = (range(0x2600, 0x27C0), range(0x2B00, 0x2C00), range(0x1F000, 0x1FB00))
_EMOJI = "[" + "".join(f"\\x{{{b[0]:X}}}-\\x{{{b[-1]:X}}}" for b in _BLOCKS) + "]"
_ALWAYS = (range(0x1F600, 0x1F650), range(0x1F910, 0x1F930), range(0x1F970, 0x1F97B), range(0x1F493, 0x1F4A0))


def adapt(tokenizer: Tokenizer, texts: Sequence[str], seen: int = 1) -> tuple[Tokenizer, list[list[int]]]:
    """The smaller tokenizer, and for each of its pieces the old ids whose embeddings' mean it starts from.

    Raises:
        DataError: the tokenizer is not WordPiece.
    """
    form: dict[str, Any] = json.loads(tokenizer.to_str())
    if form["model"]["type"] != "WordPiece":
        raise DataError("a WordPiece tokenizer", form["model"]["type"], "train with --set seen=0")
    old: dict[str, int] = form["model"]["vocab"]
    blocks = (texts[i : i + 4096] for i in range(0, len(texts), 4096))
    count = Counter(chain.from_iterable(e.ids for block in blocks for e in tokenizer.encode_batch(block)))
    special = {token["content"] for token in form["added_tokens"]}
    symbols = _emoji_of(texts)
    kept = [p for p, i in old.items() if p in special or p in symbols or _letter(p) or count[i] >= seen]
    emoji = [c for c in symbols if c not in old]
    form["model"]["vocab"] = {piece: i for i, piece in enumerate([*kept, *emoji])}
    for token in form["added_tokens"]:
        token["id"] = form["model"]["vocab"][token["content"]]
    form["post_processor"] = _renumbered(form["post_processor"], form["model"]["vocab"])
    alone = {"type": "Split", "pattern": {"Regex": _EMOJI}, "behavior": "Isolated", "invert": False}
    form["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [alone, form["pre_tokenizer"]]}
    names = [tokenizer.encode(unicodedata.name(c, "symbol").lower(), add_special_tokens=False).ids for c in emoji]
    return Tokenizer.from_str(json.dumps(form)), [*([old[p]] for p in kept), *names]


def _letter(piece: str) -> bool:
    return piece.isascii() and len(piece.removeprefix("##")) == 1


def _emoji_of(texts: Iterable[str]) -> list[str]:
    """Symbols of the texts and the common faces and hearts, sorted."""
    found = {
        c
        for text in texts
        if not text.isascii()
        for c in text
        if unicodedata.category(c) in ("So", "Sk") and any(ord(c) in block for block in _BLOCKS)
    }
    return sorted(found | {chr(c) for c in chain(*_ALWAYS) if unicodedata.category(chr(c)) == "So"})


def _renumbered(processor: dict[str, Any], vocabulary: dict[str, int]) -> dict[str, Any]:
    """The same post-processor with its special tokens' new ids."""
    text = json.loads(json.dumps(processor))
    for token in text.get("special_tokens", {}).values():
        token["ids"] = [vocabulary[t] for t in token["tokens"]]
    for place in ("sep", "cls"):
        if place in text:
            text[place][1] = vocabulary[text[place][0]]
    return text
