"""Errors that say what was expected, what was found, and what to do.

Every error a user can meet is an `AffectError`; its `exit_code` is what the command line leaves with (0 done, 1 nothing
could be done, 2 usage, 3 some items failed) and its `kind` is what an item's JSON carries.
"""

from __future__ import annotations

from collections.abc import Iterable


class AffectError(Exception):
    """One sentence in three parts: `expected`, `found`, and `fix` (what to do)."""

    kind = "error"
    exit_code = 1

    def __init__(self, expected: str, found: str, fix: str) -> None:
        self.expected, self.found, self.fix = expected, found, fix
        super().__init__(f"expected {expected}; found {found}; {fix}")

    @property
    def message(self) -> str:
        return str(self)

    def __reduce__(self) -> tuple[type[AffectError], tuple[str, str, str]]:
        return type(self), (self.expected, self.found, self.fix)


class UsageError(AffectError):
    """The command or call itself is wrong: an unknown name, a missing column, a path that does not exist."""

    kind = "usage"
    exit_code = 2


class UnknownName(UsageError):
    """A name of an open set that no part bears."""

    kind = "unknown"

    @classmethod
    def among(cls, what: str, name: str, known: Iterable[str]) -> UnknownName:
        """The error for `name`, offering the nearest of `known` names first."""
        import difflib

        known = sorted(known)
        near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.5)
        offer = f"did you mean {' or '.join(near)}?" if near else f"choose one of {', '.join(known) or 'none yet'}"
        return cls(f"the name of {what}", repr(name), offer)


class InputError(AffectError):
    """One item cannot be read; a batch goes on without it."""

    kind = "input"


class Nothing(InputError):
    """One item in which there is nothing to judge, such as a recording without speech: no failure of the item."""

    kind = "nothing"


class DataError(AffectError):
    """A corpus, prediction file or value does not have the form it should."""

    kind = "data"


class BundleError(AffectError):
    """A `.affect` file that is truncated, altered or of another version."""

    kind = "bundle"


class MissingExtra(AffectError, ImportError):
    """A library that an optional extra brings is not installed."""

    kind = "missing_extra"
    exit_code = 2

    @classmethod
    def of(cls, part: str, library: str, extra: str) -> MissingExtra:
        return cls(f"{library} for {part}", "it is not installed", f"pip install 'affectkit[{extra}]'")
