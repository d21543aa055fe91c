"""Sound and pictures as they come over a WebSocket, and running results back.

The first message is JSON: {"modality": "speech", "rate_hz": 16000, "form": "pcm_s16le"} or {"modality": "face", "form":
"jpeg"}, with "token" where one is demanded, and "bundle", "top", "taxonomy", "threshold" as in a request. Then come
binary messages: blocks of mono sound of any length, or one picture each. {"end": true} asks for what is left.

Each answer is a list of predictions. Of sound it is of the bundle's window, once per hop; until the first window is
whole it is of what there is. Of pictures it is one per face, followed from picture to picture; when pictures come
quicker than they can be read, only the newest is. Sound that comes quicker is not taken from the connection before
there is room. A client that does not read its answers, or sends nothing for long, is dropped with a sentence.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ... import find
from ...errors import AffectError, InputError, Nothing
from ...prediction import Failure, Prediction
from ...runtime.options import Item, Options
from ...runtime.predict import Predictor
from ...runtime.tracks import Tracker
from ...sample import Media
from . import refused
from .predicting import Desk
from .refused import Refused
from .shelf import Served, Told

MOST_MESSAGE = 4_000_000
"""Bytes of one message."""
SEND_S = 5.0
"""For a client to take an answer."""
FIRST_S = 10.0
"""For the first message."""

_MOST_HELD_S = 30.0  # sound that waits
_STEP_S = 0.01  # between looks for room
_RATES_HZ = (4_000, 192_000)
_FAINT = 10 ** (-70 / 20)  # of full scale; what is below counts as silence
_POLICY, _NORMAL = 1008, 1000  # codes of the protocol
_LONGEST_REASON = 120  # bytes that a close can hold
_DIGITS = 3
_INPUT = "stream"
_FIELDS = ("modality", "rate_hz", "form", "token", "bundle", "top", "taxonomy", "threshold")

Job = Callable[[Predictor], Told]


class Coming(Protocol):
    """What comes over one connection."""

    def take(self, data: bytes) -> None:
        """A binary message."""
        ...

    def job(self, ended: bool) -> Job | None:
        """What can be answered now; None where more must come."""
        ...

    @property
    def full(self) -> bool:
        """Whether no more may come before something is answered."""
        ...


class Microphone:
    """Blocks of mono sound, cut into the bundle's windows.

    Args:
        served: a bundle that reads sound.
        first: the first message.

    Raises:
        Refused: a form or rate that cannot be read.
    """

    FORMS: Mapping[str, tuple[str, float]] = {"pcm_s16le": ("<i2", 1 / 32768), "pcm_f32le": ("<f4", 1.0)}

    def __init__(self, served: Served, first: Mapping[str, Any], options: Options) -> None:
        card = served.bundle.card
        self._modality, self._options = served.modality, options
        self._own_hz = int(find.card("modalities", served.modality)["rate"])
        form, rate_hz = _form(first, self.FORMS), first.get("rate_hz", self._own_hz)
        low, high = _RATES_HZ
        if not isinstance(rate_hz, int) or isinstance(rate_hz, bool) or not low <= rate_hz <= high:
            raise Refused(422, f"rate_hz from {low:,} to {high:,}", repr(rate_hz)[:40], "give the rate of your sound")
        self._type, self._scale = self.FORMS[form]
        self._window, self._hop = (round(float(card[name]) * self._own_hz) for name in ("window_s", "hop_s"))
        self._shortest = round(float(card.get("shortest_s", 0.3)) * self._own_hz)
        self._stream = None
        if rate_hz != self._own_hz:
            import soxr

            self._stream = soxr.ResampleStream(rate_hz, self._own_hz, 1, dtype="float32", quality="HQ")
        self._rest = b""  # of a sample that came in part
        self._held = np.zeros(0, np.float32)
        self._first = 0  # sample of the stream at which what is held begins
        self._end = self._hop  # sample at which the next window ends
        self._flushed = False

    def take(self, data: bytes) -> None:
        data, width = self._rest + data, np.dtype(self._type).itemsize
        whole = len(data) // width * width
        self._rest = data[whole:]
        sound = np.frombuffer(data[:whole], self._type).astype(np.float32) * np.float32(self._scale)
        if not np.isfinite(sound).all():
            raise InputError("finite samples", "NaN or infinity", "send plain PCM")
        self._add(sound if self._stream is None else self._stream.resample_chunk(sound))

    def job(self, ended: bool) -> Job | None:
        if ended and not self._flushed:
            self._flushed = True
            if self._stream is not None:
                self._add(self._stream.resample_chunk(np.zeros(0, np.float32), last=True))
        heard = self._first + len(self._held)
        end = self._end if heard >= self._end else heard
        last = ended and heard < self._end
        if last and heard - (self._end - self._hop) < self._shortest:  # too short to tell anything new
            return None
        if not last and heard < self._end:
            return None
        start = max(end - self._window, self._first)
        sound = self._held[start - self._first : end - self._first].copy()
        keep = max(end + self._hop - self._window, start)
        self._end = end + self._hop
        self._held, self._first = self._held[keep - self._first :], keep
        return partial(self._told, sound, start / self._own_hz, end / self._own_hz)

    @property
    def full(self) -> bool:
        return self._first + len(self._held) - self._end > _MOST_HELD_S * self._own_hz

    def _add(self, sound: NDArray[np.float32]) -> None:
        self._held = np.concatenate([self._held, sound])

    def _told(self, sound: NDArray[np.float32], start_s: float, end_s: float, predictor: Predictor) -> Told:
        start_s, end_s = round(start_s, _DIGITS), round(end_s, _DIGITS)
        id = f"{_INPUT}@{start_s}"
        (told,) = predictor.by_item(Item(id, _INPUT, Media(array=sound)), self._options)
        found = tuple(replace(one, start_s=start_s, end_s=end_s) for one in told)
        return tuple(self._said(one, sound) if one.error and one.error.kind == Nothing.kind else one for one in found)

    def _said(self, one: Prediction, sound: NDArray[np.float32]) -> Prediction:
        found = "silence" if np.abs(sound).max(initial=0.0) < _FAINT else "none of it"
        nothing = Nothing(
            f"{self._modality} from {one.start_s:g} to {one.end_s:g} s", found, "speak, or look to the microphone"
        )
        return replace(one, error=Failure.of(nothing))


class Camera:
    """One picture per message, the newest first to be read; faces are followed.

    Args:
        served: a bundle that reads pictures.
        first: the first message.

    Raises:
        Refused: a form that cannot be read.
    """

    FORMS = ("jpeg", "png", "webp")

    def __init__(self, served: Served, first: Mapping[str, Any], options: Options) -> None:
        _form(first, self.FORMS)
        self._options = options
        self._tracker, self._begun_s = Tracker(), time.monotonic()
        self._newest: tuple[float, bytes] | None = None

    def take(self, data: bytes) -> None:
        self._newest = (time.monotonic() - self._begun_s, data)

    def job(self, ended: bool) -> Job | None:
        newest, self._newest = self._newest, None
        return None if newest is None else partial(self._told, *newest)

    @property
    def full(self) -> bool:
        return False

    def _told(self, t_s: float, data: bytes, predictor: Predictor) -> Told:
        t_s = round(t_s, _DIGITS)
        media = Media(array=np.frombuffer(data, np.uint8))
        (told,) = predictor.by_item(Item(_INPUT, _INPUT, media), self._options)
        boxes = [tuple(map(float, one.track.box)) for one in told if one.track and one.track.box]
        numbers = iter(self._tracker.follow(t_s, boxes))  # type: ignore[arg-type]
        return tuple(self._placed(one, t_s, numbers) for one in told)

    def _placed(self, one: Prediction, t_s: float, numbers: Any) -> Prediction:
        if one.track is None or one.track.box is None:
            return replace(one, id=f"{_INPUT}@{t_s}", start_s=t_s)
        track = replace(one.track, id=next(numbers) + 1)
        return replace(one, id=f"{_INPUT}#{track.kind}-{track.id}@{t_s}", start_s=t_s, track=track)


WAYS: Mapping[str, Callable[[Served, Mapping[str, Any], Options], Coming]] = {
    "window_s": Microphone,
    "picture": Camera,
}
"""What a bundle's card has -> what it can be sent."""


class Stream:
    """One connection.

    Args:
        socket: as Starlette has it, accepted.
        desk: where answers come from.
        allowed: whether a token is the right one.
        idle_s: after which a client that sends nothing is dropped.
        counted: told of each answer.
    """

    def __init__(
        self,
        socket: Any,
        desk: Desk,
        allowed: Callable[[str | None], bool],
        idle_s: float,
        counted: Callable[[list[Told]], None],
        send_s: float = SEND_S,
    ) -> None:
        self._socket, self._desk, self._allowed = socket, desk, allowed
        self._idle_s, self._send_s, self._counted = idle_s, send_s, counted
        self._woken = asyncio.Event()
        self._ended = self._gone = False

    async def run(self) -> None:
        """Answer until the client leaves or is dropped."""
        try:
            served, coming = await self._begun()
            reader = asyncio.create_task(self._read(coming))
            try:
                await self._answer(served, coming, reader)
            finally:
                reader.cancel()
                await asyncio.gather(reader, return_exceptions=True)
            await self._close(_NORMAL, "")
        except AffectError as error:
            await self.refuse(error)
        except Exception:
            logging.getLogger("affectkit.serve").exception("a stream")
            await self.refuse(refused.fault())

    async def _begun(self) -> tuple[Served, Coming]:
        """What the first message asks for."""
        try:
            message = await asyncio.wait_for(self._socket.receive(), FIRST_S)
        except TimeoutError as error:
            raise Refused(408, f"a first message within {FIRST_S:g} s", "none", "begin with JSON") from error
        first = _first(message)
        if not self._allowed(first.get("token")):
            raise Refused(401, "the token of this server in the first message", "none or another", "give it as token")
        shelf = self._desk.shelf
        if first.get("bundle") is not None:
            served = shelf.named(str(first["bundle"]))
        else:
            served = shelf.reads(str(first.get("modality")))
        way = next((way for mark, way in WAYS.items() if mark in served.bundle.card), None)
        if way is None:
            found = f"{served.name}, which reads {served.modality}"
            raise Refused(422, "a bundle of sound or pictures for a stream", found, "send texts to /v1/predict")
        return served, way(served, first, _options(first))

    async def _read(self, coming: Coming) -> None:
        """Take what comes, as long as there is room for it."""
        try:
            while not self._ended:
                while coming.full:
                    await asyncio.sleep(_STEP_S)
                message = await self._socket.receive()
                data = message.get("bytes")
                if message["type"] == "websocket.disconnect":
                    self._gone = True
                    return
                if data is None:
                    self._ended = _asks_to_end(message.get("text"))
                elif len(data) > MOST_MESSAGE:
                    raise Refused(413, f"messages of at most {MOST_MESSAGE:,} bytes", f"{len(data):,}", "send less")
                else:
                    coming.take(data)
                self._woken.set()
        finally:
            self._woken.set()

    async def _answer(self, served: Served, coming: Coming, reader: asyncio.Task[None]) -> None:
        while not self._gone:
            if reader.done() and reader.exception() is not None:
                raise reader.exception() or refused.fault()
            self._woken.clear()
            job = coming.job(self._ended)
            if job is None:
                if self._ended:
                    return
                try:
                    await asyncio.wait_for(self._woken.wait(), self._idle_s)
                except TimeoutError as error:
                    need = f"something within {self._idle_s:g} s"
                    raise Refused(408, need, "nothing", "connect again when there is something to send") from error
                continue
            told = await self._desk.run(lambda job=job: job(self._desk.shelf.predictor(served)))  # type: ignore[misc]
            self._counted([told])
            await self._sent([one.to_json() for one in told])

    async def _sent(self, data: Any) -> None:
        try:
            await asyncio.wait_for(self._socket.send_text(refused.as_json(data).decode()), self._send_s)
        except TimeoutError as error:
            need = f"a client that takes its answers within {self._send_s:g} s"
            raise Refused(408, need, "one that does not", "read them as they come") from error
        except Exception:  # it left while it was answered; servers raise errors of their own here
            self._gone = True

    async def refuse(self, error: AffectError) -> None:
        """Say why, and close; whoever does not read finds the reason in the close."""
        if self._gone:
            return
        text = refused.as_json(refused.as_error(error)).decode()
        with contextlib.suppress(Exception):  # servers raise errors of their own for a client that left
            await asyncio.wait_for(self._socket.send_text(text), self._send_s)
        await self._close(_POLICY, error.message)

    async def _close(self, code: int, reason: str) -> None:
        if self._gone:
            return
        cut = reason.encode("utf-8")[:_LONGEST_REASON].decode("utf-8", "ignore")
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._socket.close(code, cut), self._send_s)


def same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a connection comes from our own page or from no page at all; browsers tell where a page is from."""
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2].lower() == headers.get("host", "").lower()


def _first(message: Mapping[str, Any]) -> dict[str, Any]:
    text = message.get("text")
    try:
        found = json.loads(text) if isinstance(text, str) and len(text) <= MOST_MESSAGE else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        need = 'JSON such as {"modality": "speech", "rate_hz": 16000, "form": "pcm_s16le"} as the first message'
        raise Refused(400, need, "another", "begin with it")
    if strange := [name for name in found if name not in _FIELDS]:
        raise Refused(422, f"{', '.join(_FIELDS)} in the first message", repr(strange[0])[:40], "leave it out")
    if not isinstance(found.get("token", ""), str):
        raise Refused(422, "a text as token", type(found["token"]).__name__, "correct it")
    return found


def _options(first: Mapping[str, Any]) -> Options:
    top, taxonomy, threshold = (first.get(name) for name in ("top", "taxonomy", "threshold"))
    whole = top is None or (isinstance(top, int) and not isinstance(top, bool))
    share = threshold is None or (isinstance(threshold, int | float) and not isinstance(threshold, bool))
    if not (whole and share and (taxonomy is None or isinstance(taxonomy, str))):
        raise Refused(422, "top as a number, taxonomy as a name, threshold as a share", "another", "correct them")
    return Options(top=top, taxonomy=taxonomy, threshold=threshold)


def _form(first: Mapping[str, Any], forms: Any) -> str:
    form = first.get("form")
    if not isinstance(form, str) or form not in forms:
        raise Refused(422, f"form among {', '.join(forms)}", repr(form)[:40], "send it in one of them")
    return form


def _asks_to_end(text: Any) -> bool:
    try:
        found = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found != {"end": True}:
        raise Refused(422, 'binary messages, or {"end": true}', "another text", "correct it")
    return True
