"""Words for emotions: a wheel of them in three levels, the forms they appear in, and reading them in free text.

A `Wheel` puts every word under a group (level 2) and a core (level 1), so that "elated" and "happier" count as the
same answer. A form that no table holds is tried by a few rules of English endings. Not a scheme itself: the leading
underscore keeps it out of listings.
Reference: the three steps from a form to a base word, a word of the wheel and its core follow AffectGPT (Lian et al.,
ICML 2025). Differs: the rules of endings and the reading of free text are our own; there a language model lists them.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from ..errors import DataError

Row = Sequence[str]

_LEVELS = 3
_ENDINGS = (
    *(("ness", ""), ("iness", "y"), ("ily", "y"), ("ly", ""), ("ly", "le"), ("ically", "ic")),
    *(("ier", "y"), ("iest", "y"), ("er", ""), ("er", "e"), ("est", ""), ("est", "e")),
    *(("ies", "y"), ("ied", "y"), ("es", ""), ("s", ""), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e")),
)
"""Ending -> what stands in its place, the likeliest first."""
_SHORTEST = 3  # letters that must remain: "is" is not the plural of "i"
_ROUNDS = 2  # "worryingly" has two endings
_TOKEN = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*|[,;:/|.!?()\[\]{}\"\n&+]")
_AND, _OR = frozenset(("and", "but", "yet", "while", "then", "with", "though")), frozenset(("or",))
_NOT = frozenset(
    (
        *("not", "no", "never", "without", "hardly", "cannot", "neither", "nor", "lack", "lacks", "lacking"),
        *("isn't", "aren't", "wasn't", "weren't", "don't", "doesn't", "didn't"),
    )
)
_OF = re.compile(r"\b(?:kind|sort) of\b", re.IGNORECASE)
_FILLERS = frozenset(
    (
        *("a", "an", "the", "i", "am", "i'm", "you", "he", "she", "it", "they", "we", "is", "are", "was", "were"),
        *("be", "been", "being", "his", "her", "their", "my", "me", "him", "them", "this", "that", "of", "in", "to"),
        *("at", "by", "as", "from", "for", "on", "about", "some", "bit", "little", "lot", "hint", "touch", "trace"),
        *("very", "so", "too", "quite", "rather", "pretty", "really", "slightly", "somewhat", "extremely", "mildly"),
        *("deeply", "highly", "fairly", "almost", "maybe", "perhaps", "probably", "possibly", "mostly", "mainly"),
        *("both", "also", "just", "only", "more", "most", "less", "much", "even", "still", "now", "likely"),
        *("clearly", "feel", "feels", "feeling", "feelings", "felt", "emotion", "emotions", "emotional", "mood"),
        *("state", "sense", "seem", "seems", "seemed", "appear", "appears", "look", "looks", "sound", "sounds"),
        *("show", "shows", "express", "expresses", "expressed", "person", "speaker", "character", "like", "either"),
        *("label", "labels", "man", "woman"),
    )
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a free text holds.

    Args:
        words: words of the wheel that it names, in order, each once.
        negated: words of the wheel that it denies ("not happy"); they are not among `words`.
        unknown: what is neither a word of the wheel nor a filler, in order.
    """

    words: tuple[str, ...]
    negated: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Wheel:
    """Words in three levels.

    Args:
        name: what the wheel is called.
        paths: word -> (its level 1, its level 2); words of all three levels are in it, in lower case.
        forms: other form -> the words it may stand for, the first of which that is in the wheel counts.
        rules: whether a form that no table holds is tried without its endings (`spellings`).
    """

    name: str
    paths: Mapping[str, tuple[str, str]]
    forms: Mapping[str, tuple[str, ...]]
    rules: bool = True
    longest: int = field(init=False)
    """How many tokens its longest form has."""

    def __post_init__(self) -> None:
        longest = max((len(form.split()) for form in (*self.paths, *self.forms)), default=1)
        object.__setattr__(self, "longest", longest)

    @classmethod
    def of(
        cls,
        name: str,
        rows: Iterable[Row],
        forms: Mapping[str, tuple[str, ...]] | None = None,
        as_published: bool = False,
    ) -> Wheel:
        """A wheel from rows (level 1, level 2, level 3), where an empty cell repeats the one above it.

        Args:
            as_published: a word that stands in two branches belongs to the later one, as in the published code, and no
                rule of endings is tried; else such a word is refused.

        Raises:
            DataError: a row without three cells, nothing above an empty cell, words that stand below each other in a
                circle, or a word in two branches.
        """
        tree = _tree(name, rows)
        _refuse_circle(name, tree)
        paths: dict[str, tuple[str, str]] = {}
        for core, groups in tree.items():
            own = core if core in groups else min(groups)  # a core's own level 2, as in the published code
            below = [(w, group) for group, words in groups.items() for w in (group, *words)]
            for word, group in [(core, own), *below]:
                before = paths.get(word, (core, group))
                repeated = word == core == before[0]  # a core listed among its own words: that is its level 2
                if before != (core, group) and not repeated and not as_published:
                    places = " and ".join(" > ".join(dict.fromkeys((*p, word))) for p in (before, (core, group)))
                    raise DataError(f"each word in one branch of the wheel {name}", places, "leave out one of them")
                paths[word] = (core, group)
        return cls(name, paths, forms or {}, rules=not as_published)

    def find(self, form: str) -> str | None:
        """The word of the wheel that a form stands for (case and outer space do not matter), or None."""
        known = form.strip().lower()
        return next((w for w in self._candidates(known) if w in self.paths), None)

    def place(self, form: str, level: int = 1) -> str | None:
        """Where a form lies: its core (level 1), its group (level 2), or its word (level 3); None when nowhere.

        Raises:
            DataError: another level.
        """
        if level not in range(1, _LEVELS + 1):
            raise DataError(f"a level from 1 to {_LEVELS}", str(level), "use 1 for the cores of the wheel")
        word = self.find(form)
        return None if word is None else (*self.paths[word], word)[level - 1]

    def near(self, form: str) -> tuple[str, ...]:
        """Up to three words or forms spelt most like an unknown one."""
        return tuple(difflib.get_close_matches(form.strip().lower(), {*self.paths, *self.forms}, n=3, cutoff=0.7))

    def parse(self, text: str) -> Parsed:
        """The words that a free text names, such as "happy and a bit nervous" or "['sad', 'not angry']".

        The longest form that fits is taken; "not" denies the next word, and those joined to it by "or".
        """
        tokens = [t.lower().replace("’", "'") for t in _TOKEN.findall(_OF.sub(" ", text))]
        named: dict[str, None] = {}
        denied: dict[str, None] = {}
        unknown: list[str] = []
        at, denies, carried = 0, False, False  # carried: the word before was denied, and "or" may go on with that
        while at < len(tokens):
            word, length = self._longest(tokens[at : at + self.longest])
            token = tokens[at]
            at += max(length, 1)
            if word is None and token in _NOT:
                denies = True
            elif word is None and token in _OR:
                denies = carried
            elif word is None and (token in _AND or not token[0].isalpha()):
                denies = carried = False
            elif word is not None or token not in _FILLERS:
                if word is None:
                    unknown.append(token)
                else:
                    (denied if denies else named).setdefault(word)
                denies, carried = False, denies
        return Parsed(tuple(named), tuple(denied), tuple(unknown))

    def tell(self, parsed: Iterable[Parsed]) -> str:
        """One sentence on the unknown words of several texts: how often each came, and the nearest words."""
        counts = Counter(word for p in parsed for word in p.unknown)
        if not counts:
            return f"every word has a place in {self.name}"
        said = [f"{w} ({n}; nearest {', '.join(self.near(w)) or 'none'})" for w, n in counts.most_common()]
        return f"{counts.total()} words have no place in {self.name}: {'; '.join(said)}"

    def _candidates(self, form: str) -> Iterator[str]:
        yield from self.forms.get(form, (form,))
        if self.rules:
            for other in spellings(form):
                yield from self.forms.get(other, (other,))

    def _longest(self, tokens: Sequence[str]) -> tuple[str | None, int]:
        """The word that most of the first tokens stand for together, and how many they are."""
        for length in range(len(tokens), 1, -1):
            spaced = " ".join(tokens[:length])
            for form in (spaced, spaced.replace(" ", "-"), spaced.replace("'", "’")):
                if (form in self.forms or form in self.paths) and (found := self.find(form)) is not None:
                    return found, length
        # a filler alone is never a word, though its stem may be one ("likely")
        if tokens[0] not in _FILLERS and (found := self.find(tokens[0])) is not None:
            return found, 1
        return None, 0


def spellings(form: str) -> Iterator[str]:
    """Other spellings to look a form up under, likeliest first: spaces for hyphens, then without its endings.

    "happier" gives "happy", "sadder" "sad", "worryingly" "worrying" and "worry", "frighten" "frightened".
    """
    plain = re.sub(r"[\s_-]+", " ", form.strip().lower().replace("’", "'"))
    seen = {form: None}
    layer = list(dict.fromkeys((plain, plain.replace(" ", "-"), plain.replace(" ", ""))))
    for round in range(_ROUNDS + 1):
        for spelling in layer:
            if spelling not in seen:
                seen[spelling] = None
                yield spelling
        layer = [shorter for spelling in layer for shorter in _shorter(spelling)] if round < _ROUNDS else []
    for spelling in (plain + "ed", plain + "d", re.sub("y$", "ied", plain)):  # "frighten" where "frightened" is known
        if spelling not in seen:
            yield spelling


def _shorter(form: str) -> Iterator[str]:
    for ending, instead in _ENDINGS:
        stem = form.removesuffix(ending)
        if stem == form or len(stem) + len(instead) < _SHORTEST:
            continue
        yield stem + instead
        if not instead and len(stem) > _SHORTEST and stem[-1] == stem[-2]:
            yield stem[:-1]  # "sadder", "thrilled"


def _tree(name: str, rows: Iterable[Row]) -> dict[str, dict[str, list[str]]]:
    """Level 1 -> level 2 -> words of level 3, in lower case, with empty cells filled from above."""
    tree: dict[str, dict[str, list[str]]] = {}
    above = ["", ""]
    for number, row in enumerate(rows, start=1):
        cells = [cell.strip().lower() for cell in row]
        if len(cells) != _LEVELS:
            raise DataError(
                f"{_LEVELS} levels in row {number} of the wheel {name}", str(len(cells)), "repeat a level that is empty"
            )
        above = [cell or before for cell, before in zip(cells, above, strict=False)]
        if not (above[0] and above[1] and cells[2]):
            raise DataError(
                f"a word on every level in row {number} of the wheel {name}", repr(list(row)), "fill the row"
            )
        tree.setdefault(above[0], {}).setdefault(above[1], []).append(cells[2])
    if not tree:
        raise DataError(f"at least one row in the wheel {name}", "none", "check the file")
    return tree


def _refuse_circle(name: str, tree: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    """A wheel is read outwards: a word that stands above another must not stand below it as well."""
    above = TopologicalSorter[str]()
    for core, groups in tree.items():
        for group, words in groups.items():
            # a level that repeats the one above is no circle
            for upper, lower in ((core, group), *((group, word) for word in words)):
                above.add(lower, *({upper} - {lower}))
    try:
        above.prepare()
    except CycleError as error:
        raise DataError(
            f"no word below itself in the wheel {name}",
            " > ".join(error.args[1]),
            "take the word out of one of its rows",
        ) from error
