"""Explanations for the command line: asked of a bundle, told as coloured words, tables or a picture, and checked."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import typer

from .. import explain, find, store
from ..analysis import significance
from ..errors import AffectError, InputError, UnknownName, UsageError
from ..explain import _heat
from ..language import cues
from ..modalities import _picture
from ..prediction import Track
from ..runtime import bundle as bundles
from ..runtime import predict as runtime
from ..runtime.options import Item, Options
from ..runtime.routing import Key, Shelf
from ..sample import Media
from ..task import Kind, Task
from . import evidence, show

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from ..prediction import Prediction
    from ..runtime.transcript import Transcript

Box = tuple[int, int, int, int]
_PLAIN = Options(relative=False)
_TOLD = 8  # words listed under a sentence
_CELLS = 10  # cells listed
_FAINT = 0.08  # share of the largest effect below which a word is not coloured
_BAR_CHARACTERS = 24
_GAINS = ("deletion", "insertion")
_PICTURE = ".png"


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """An item and its explanation.

    Args:
        given: what its modality read.
        spoken: name@version of the bundle.
        modality: what it reads.
        check: how it fares against random orders, where that was asked.
        track: the face that was explained, and `among`, how many there are.
        place: (left, top, right, bottom), where `given` lies in the picture as it is shown, in its pixels.
        scaled: whether the label is a dimension.
    """

    item: Item
    given: Any
    explanation: explain.Explanation
    explainer: str
    spoken: str
    modality: str = ""
    check: explain.Faithfulness | None = None
    track: Track | None = None
    among: int = 1
    place: Box | None = None
    scaled: bool = False

    @property
    def parts(self) -> tuple[tuple[float, ...], ...]:
        """The explanation's parts; of a picture in pixels of the picture as it is shown."""
        if self.place is None:
            return self.explanation.parts
        (height, width), (left, top, right, bottom) = self.given.shape[:2], self.place
        scale = np.tile([(right - left) / width, (bottom - top) / height], 2)
        cells = (np.asarray(self.explanation.parts) * scale + [left, top, left, top]).round().astype(int)
        return tuple(map(tuple, cells.tolist()))

    def to_json(self) -> dict[str, Any]:
        told = self.explanation.to_json()
        if self.place is not None:
            told["parts"] = [{"at": list(at), "effect": effect} for at, effect in _pairs(self)]
        if self.track is not None:
            told["track"] = self.track.to_json()
        if isinstance(self.given, str):  # places are of the normalised text, not of the file's
            told["text"] = self.given
        if self.check is not None:
            told["check"] = self.check.to_json()
        return {"id": self.item.id, "input": self.item.input, "bundle": self.spoken, "explainer": self.explainer} | told


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """An item with its statements, and its explanation where there is one: of a silent video there is none."""

    item: Item
    statements: tuple[cues.Statement, ...]
    found: Explained | None

    def to_json(self) -> dict[str, Any]:
        own = {"id": self.item.id, "input": self.item.input}
        said = {"statements": [one.to_json() for one in self.statements]} if self.statements else {}
        return (own if self.found is None else self.found.to_json()) | said


@dataclass(slots=True)
class Asked:
    """What is asked of each item; bundles are loaded when the first item needs them."""

    by: str
    label: str | None
    parts: int
    bundle: str | None
    threads: int | None
    commercial_only: bool
    check: bool
    transcript: Transcript | None = None
    detector: str | None = None
    _shelf: Shelf | None = None
    _loaded: dict[str, runtime.Predictor] = field(default_factory=dict)
    _suffixes: dict[str, str] = field(default_factory=runtime.known)

    def explain(self, item: Item) -> Explained:
        """Explain one item.

        Raises:
            UsageError: the bundle, the explainer or the label is none.
            InputError: the item cannot be read, or there is nothing in it.
        """
        if not isinstance(item.media, Media):
            raise item.media
        return self.explain_by(self.predictor(item.media), item, item.media)

    def explain_by(self, predictor: runtime.Predictor, item: Item, media: Media) -> Explained:
        """Explain what a bundle says of a media, which is that of the item or a part of it."""
        options = self._options(predictor)
        track, among = _largest(predictor, media, options)
        place: Box | None = None
        if track is not None and track.box is not None:
            held = predictor.held(media, track.box, options.detector)
            place = track.box if held is None else held[1]
            media = replace(media, box=place)
            if held is not None:  # its copies are read as it was: where it is, and brought level by the same eyes
                predictor = held[0]
                media = Media(array=find.load("modalities", predictor.modality).read(media))
        task, predict = _task(predictor, self.label), predict_of(predictor, self.label, options)
        part = find.load("explainers", self.by)
        explanation = part.explain(part.Config(most=self.parts), predict, media, self.label)
        given = find.load("modalities", predict.modality).read(media)
        if place is None and explanation.unit is explain.Unit.PIXELS:
            place = _all_of(media)
        # anew for each item, so that its random orders do not depend on the items before
        rng = np.random.default_rng(0)
        check = explain.faithful(explanation, predict, media, rng) if self.check else None
        its = (item, given, explanation, self.by, predictor.spoken, predictor.modality, check)
        return Explained(*its, track, among, place, task.scaled)

    def statements(self, item: Item, found: Explained | None = None) -> tuple[cues.Statement, ...]:
        """What is said of an item and what that rests on, sentence by sentence; `found` is its explanation.

        Raises:
            AffectError: nothing of it can be read.
        """
        if not isinstance(item.media, Media):
            raise item.media
        if self.is_film(item.media):
            return evidence.of_film(self, item, item.media, self.transcript)
        found = found or self.explain(item)
        return evidence.of_single(found, self.predictor(item.media), item.media)

    def is_film(self, media: Media) -> bool:
        """Whether several modalities can tell of it: a video, or a recording with its transcript."""
        return media.path is not None and self._key(media).film

    def readers(self, media: Media) -> tuple[list[runtime.Predictor], dict[str, AffectError], UsageError | None]:
        """What reads a media, as in `runtime.routing.Shelf`."""
        if self._shelf is None:
            named = [self._load(str(path)) for path in runtime.paths(self.bundle)]
            load = partial(runtime.load, threads=self.threads)
            self._shelf = Shelf(named, load, self.transcript, self.commercial_only)
        return self._shelf.readers(self._key(media))

    def _options(self, predictor: runtime.Predictor) -> Options:
        """How a bundle is asked. One that looks for no faces refuses a detector if it was named, as in `predict`; one
        that was chosen by its input is not told of it."""
        chosen = self.bundle is None or self._several
        return replace(_PLAIN, detector=None if chosen and not predictor.finds_faces else self.detector)

    @property
    def _several(self) -> bool:
        return len(runtime.paths(self.bundle)) > 1

    def _key(self, media: Media) -> Key:
        return Key.of(media, runtime.modality(media, self._suffixes), self.transcript is not None)

    def predictor(self, media: Media) -> runtime.Predictor:
        """The bundle that explains a media: the one that is named, or of several the one that reads it."""
        if self.bundle is not None and not self._several:
            return self._load(self.bundle)
        modality = runtime.modality(media, self._suffixes)
        if self.bundle is None:
            return self._load(str(bundles.default(modality, self.commercial_only)))
        named = [self._load(str(path)) for path in runtime.paths(self.bundle)]
        for one in named:
            if one.modality == modality:
                return one
        found = ", ".join(one.spoken for one in named)
        raise InputError(f"a bundle that reads {modality}", found, "name one too, with a comma between")

    def _load(self, name: str) -> runtime.Predictor:
        if name not in self._loaded:
            self._loaded[name] = runtime.load(name, threads=self.threads, commercial_only=self.commercial_only)
        return self._loaded[name]


def predict_of(predictor: runtime.Predictor, label: str | None = None, options: Options = _PLAIN) -> explain.Predict:
    """A bundle's scores of one task: the one with the label, else the first with names, else the first.

    Where nothing is left to judge (no speech, no face), no label has a score: 0.

    Raises:
        UnknownName: no task has the label.
    """
    task = _task(predictor, label)

    def scores(media: list[Media]) -> explain.Floats:
        found = np.zeros((len(media), len(task.names)))
        items = [Item(f"copy#{number}", "", one) for number, one in enumerate(media, 1)]
        for row, told in enumerate(predictor.by_item(items, options)):
            if told[0].failed:
                raise InputError("a copy that can be read", _why(told[0]), "explain another input")
            if told[0].ok:
                said = told[0].tasks[task.id]
                numbers: Mapping[str, float] = (said.values if task.scaled else said.scores) or {}
                found[row] = [numbers[name] for name in task.names]
        return found

    return explain.Predict(scores, predictor.modality, task.names)


def _task(predictor: runtime.Predictor, label: str | None) -> Task:
    tasks = predictor.tasks
    if label is not None:
        tasks = (*tasks, *_derived(predictor))
        known = [name for task in tasks for name in task.names]
        if label not in known:
            raise UnknownName.among("a label of the bundle", label, known)
        return next(task for task in tasks if label in task.names)
    return next((task for task in tasks if not task.scaled), tasks[0])


def _derived(predictor: runtime.Predictor) -> Iterator[Task]:
    """The dimensions that the names of a task are told in as well: functions of its scores."""
    told = predictor.card.get("dimensions_from")
    if told is not None:
        scheme = str(told["to"])
        yield Task(scheme, "dimensions", Kind.CONTINUOUS, scheme, tuple(find.load("taxonomies", scheme).NAMES), (-1, 1))


def _largest(predictor: runtime.Predictor, media: Media, options: Options) -> tuple[Track | None, int]:
    """The largest face of an item, and how many there are; None where it is read as a whole.

    Raises:
        AffectError: it cannot be read, or there is nothing in it.
    """
    ((_, found),) = predictor.parts([Item("", "", media)], options)
    if isinstance(found, AffectError):
        raise found
    tracks = [part.track for part in found if part.track is not None]
    return max(tracks, key=_area, default=None), len(found)


def _area(track: Track) -> int:
    left, top, right, bottom = track.box or (0, 0, 0, 0)
    return (right - left) * (bottom - top)


def _all_of(media: Media) -> Box:
    """Where in its picture a media lies, as it is shown; what is read of it may be smaller."""
    left, top = (0, 0) if media.box is None else (max(media.box[0], 0), max(media.box[1], 0))
    height, width = _picture.read(media).shape[:2]
    return left, top, left + width, top + height


def _why(prediction: Prediction) -> str:
    return "nothing" if prediction.error is None else prediction.error.message


# ---- told ------------------------------------------------------------------------------------------------------------


def told(asked: Asked, item: Item) -> Told:
    """Explain an item in words and by its parts; a check needs no words.

    Raises:
        AffectError: as `Asked.explain`; of a video, when nothing of it can be read.
    """
    if asked.check or not isinstance(item.media, Media) or not asked.is_film(item.media):
        found = asked.explain(item)
        return Told(item, () if asked.check else asked.statements(item, found), found)
    said = asked.statements(item)
    try:
        return Told(item, said, asked.explain(item))
    except InputError:  # no sound in it, or no speech in the sound: the sentences tell so
        return Told(item, said, None)


def tell_all(one: Told) -> None:
    """Print the sentences, then the explanation."""
    if one.statements:
        typer.echo(f"{cues.paragraph(one.statements)}\n")
    if one.found is not None:
        tell(one.found)


def tell(found: Explained) -> None:
    """Print an explanation: coloured or barred on a terminal, plain numbers elsewhere."""
    from rich.console import Console
    from rich.text import Text

    console, explanation = Console(highlight=False), found.explanation
    said = (explanation.label, "bold green"), f" {explanation.score:.2f}", (f"  {found.spoken}", "dim")
    head = Text.assemble((_where(found), "dim"), *said)
    console.print(
        head if isinstance(found.given, str) else Text.assemble((found.item.input, "bold"), "  ", head), soft_wrap=True
    )
    _TELLS[explanation.unit](found, console)


def _where(found: Explained) -> str:
    if found.track is None or found.track.box is None:
        return ""
    left, top, right, bottom = found.track.box
    return f"{found.track.kind} {found.track.id} at {left}, {top} to {right}, {bottom}  "


def _words(found: Explained, console: Console) -> None:
    if not console.is_terminal:
        rows = [[_signed(effect), _word(found, at)] for at, effect in _pairs(found)]
        show.as_table(["effect", "words"], rows)
        return
    console.print(sentence(found.given, found.explanation))
    console.print()
    best = sorted(_pairs(found), key=lambda pair: -abs(pair[1]))[:_TOLD]
    _bars(console, [(_word(found, at), effect) for at, effect in best], found)


def _cells(found: Explained, console: Console) -> None:
    best = sorted(_pairs(found), key=lambda pair: -abs(pair[1]))[:_CELLS]
    rows = [[_signed(effect), *(f"{side:g}" for side in at)] for at, effect in best]
    show.as_table(["effect", "left", "top", "right", "bottom"], rows)


def _stretches(found: Explained, console: Console) -> None:
    if not console.is_terminal:
        show.as_table(
            ["effect", "start_s", "end_s"], [[_signed(e), f"{a:.2f}", f"{b:.2f}"] for (a, b), e in _pairs(found)]
        )
        return
    _bars(console, [(f"{a:6.2f} to {b:6.2f} s", effect) for (a, b), effect in _pairs(found)], found)


_TELLS: Mapping[explain.Unit, Callable[[Explained, Console], None]] = {
    explain.Unit.CHARACTERS: _words,
    explain.Unit.PIXELS: _cells,
    explain.Unit.SECONDS: _stretches,
}


def sentence(text: str, explanation: explain.Explanation) -> Text:
    """The text with its words on the colour of what they do: orange speaks for the label, blue against it."""
    from rich.text import Text

    made, largest = Text(text), float(np.abs(explanation.effect).max())
    for (start, end), effect in zip(explanation.parts, explanation.effect.tolist(), strict=True):
        colour, share = _heat.shade(effect, largest)
        if share >= _FAINT:
            made.stylize(f"black on {_light(colour, share)}", int(start), int(end))
    return made


def _bars(console: Console, rows: Sequence[tuple[str, float]], found: Explained) -> None:
    from rich.text import Text

    largest = float(np.abs(found.explanation.effect).max())
    for name, effect in rows:
        colour, share = _heat.shade(effect, largest)
        bar = "━" * round(_BAR_CHARACTERS * share)
        line = Text.assemble(f"  {_signed(effect)} ", (f"{bar:<{_BAR_CHARACTERS}}", _light(colour, 1.0)), f" {name}")
        line.truncate(console.width, overflow="ellipsis")
        console.print(line)
    console.print(Text(f"  + speaks for {found.explanation.label}, - against it", style="dim"))


def _light(colour: tuple[int, int, int], share: float) -> str:
    """A colour on which black can be read, the fuller the larger the share."""
    full = 0.3 + 0.5 * share
    return "#" + "".join(f"{round(255 + (one - 255) * full):02x}" for one in colour)


def _pairs(found: Explained) -> list[tuple[tuple[float, ...], float]]:
    return list(zip(found.parts, found.explanation.effect.tolist(), strict=True))


def _word(found: Explained, at: tuple[float, ...]) -> str:
    return str(found.given[int(at[0]) : int(at[1])])


def _signed(effect: float) -> str:
    return f"{effect + 0.0:+.3f}"


# ---- drawn -----------------------------------------------------------------------------------------------------------


def check_target(path: Path) -> None:
    """Raises:
    UsageError: a name that is no PNG, or a folder that is not there.
    """
    if path.suffix.lower() != _PICTURE:
        raise UsageError(f"a file for --to that ends in {_PICTURE}", path.name, "rename it")
    if not path.parent.is_dir():
        raise UsageError(f"a file name for {path}", f"no folder {path.parent}", "make the folder or correct the name")


def draw(found: Explained, path: Path) -> None:
    """Write an explained picture.

    Raises:
        UsageError: it is no picture that was explained, or it would take the place of the input.
    """
    from PIL import Image

    if found.explanation.unit is not explain.Unit.PIXELS:
        raise UsageError("a picture for --to", f"an explanation in {found.explanation.unit}", "use --json for others")
    media = found.item.media
    if isinstance(media, Media) and media.path is not None and Path(media.path).resolve() == path.resolve():
        raise UsageError("an output beside the input", f"{path} for both", "choose another name")
    written = io.BytesIO()
    Image.fromarray(_heat.draw(found.given, found.explanation)).save(written, "PNG")
    store.write(path, written.getvalue())
    typer.echo(f"affectkit: drawn in {path}", err=True)


# ---- checked ---------------------------------------------------------------------------------------------------------


def checked(done: Sequence[Explained]) -> dict[str, Any]:
    """Means over items of the areas, and of what the explanation gains on random orders with its 95 % interval.

    Of several modalities it is told of each (`by_modality`) too: a word and a cell are not the same.
    """
    its = {name: [one for one in done if one.modality == name] for name in dict.fromkeys(one.modality for one in done)}
    told = _checked(done)
    return told if len(its) < 2 else told | {"by_modality": {name: _checked(some) for name, some in its.items()}}


def _checked(done: Sequence[Explained]) -> dict[str, Any]:
    found = [one.check for one in done if one.check is not None]
    told: dict[str, Any] = {"n": len(found)}
    for what in _GAINS:
        gains = np.array([getattr(one, f"{what}_gain") for one in found])
        low = high = None
        if len(found) > 1:
            interval = significance.bootstrap(_mean, np.zeros(len(gains)), gains)
            assert isinstance(interval, significance.Interval)
            low, high = interval.low, interval.high
        told[what] = {
            "own": float(np.mean([getattr(one, what) for one in found])),
            "random": float(np.mean([getattr(one, f"random_{what}") for one in found])),
            "gain": {"value": float(gains.mean()), "low": low, "high": high},
        }
    return told


def _mean(truth: Any, scores: Any, judged: Any = None, weight: Any = None, task: Any = None) -> float:
    return float(np.average(scores, weights=weight))


def tell_check(told: Mapping[str, Any]) -> None:
    """Print a check as a table, of several modalities one after the other."""
    each = told.get("by_modality")
    if each is not None:
        for name, its in each.items():
            typer.echo(f"{name}:")
            tell_check(its)
        return
    rows = []
    for what in _GAINS:
        gain = told[what]["gain"]
        span = "" if gain["low"] is None else f"{gain['low']:+.3f} to {gain['high']:+.3f}"
        rows.append([what, f"{told[what]['own']:.3f}", f"{told[what]['random']:.3f}", f"{gain['value']:+.3f}", span])
    show.as_table(["area", "in its order", "in random orders", "better by", "95 % interval"], rows)
    plural = "s" * (told["n"] > 1)
    typer.echo(f"{told['n']:,} input{plural}; above 0 the explanation names the right parts better than chance")
