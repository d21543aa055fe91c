"""Sound cut into windows as it streams, of the whole recording or within each speaker's turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .options import Spoken

Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a recording: samples from `start` to before `end`, and whose they are where that is known."""

    who: str | None
    start: int
    end: int
    sound: Sound


@dataclass(slots=True)
class _Turn:
    """A turn and where its next window begins; one without an end goes on until the recording ends."""

    who: str | None
    next: int
    end: int | None
    begun: bool = False
    done: bool = False


class Cutter:
    """Takes a sound block by block and gives its windows; it keeps no more than the window at hand.

    A window begins every `hop` samples of a turn; the last of a turn is shorter, and is left out where all of it lay in
    the window before, or where it has fewer than `shortest` samples.

    Args:
        turns: (who, start, end) in samples; none takes the whole recording for one turn of nobody.
        length, hop, shortest: in samples; 0 < hop <= length.
    """

    def __init__(
        self, turns: Iterable[tuple[str | None, int, int | None]], length: int, hop: int, shortest: int
    ) -> None:
        self._turns = sorted((_Turn(*turn) for turn in turns), key=lambda turn: turn.next)
        self._active: list[_Turn] = []
        self._length, self._hop, self._shortest = length, hop, shortest
        self._held, self._first = np.zeros(0, np.float32), 0
        self._turns.reverse()  # the next is the last, which is quick to take

    @property
    def seen(self) -> int:
        """How many samples it has seen."""
        return self._first + len(self._held)

    def cut(self, block: Sound) -> Iterator[Window]:
        """The windows that are whole once a block (n,) has come."""
        self._held = np.concatenate([self._held, block])
        while self._turns and self._turns[-1].next < self.seen:
            self._active.append(self._turns.pop())
        yield from self._whole(last=False)
        self._active = [turn for turn in self._active if not turn.done]
        needed = min((turn.next for turn in self._active), default=self.seen)
        self._held, self._first = self._held[max(needed - self._first, 0) :], max(needed, self._first)

    def end(self) -> Iterator[Window]:
        """The windows that the end of the recording leaves shorter."""
        yield from self._whole(last=True)

    def _whole(self, last: bool) -> Iterator[Window]:
        for turn in self._active:
            while not turn.done:
                stop = turn.next + self._length if turn.end is None else min(turn.next + self._length, turn.end)
                stop = min(stop, self.seen) if last else stop
                if stop > self.seen:
                    break
                before = turn.next - self._hop + self._length if turn.begun else turn.next
                if stop <= before:
                    turn.done = True
                    break
                if stop - turn.next >= self._shortest:
                    sound = self._held[turn.next - self._first : stop - self._first]
                    yield Window(turn.who, turn.next, stop, sound)
                turn.begun, turn.next = True, turn.next + self._hop


def merged(turns: Iterable[Spoken]) -> list[Spoken]:
    """Turns in order, those of one speaker that overlap or touch as one."""
    found: list[Spoken] = []
    last: dict[str, int] = {}
    for who, start_s, end_s in sorted(turns, key=lambda turn: (turn[1], turn[2])):
        i = last.get(who)
        if i is not None and start_s <= found[i][2]:
            found[i] = (who, found[i][1], max(found[i][2], end_s))
        else:
            last[who] = len(found)
            found.append((who, start_s, end_s))
    return found
