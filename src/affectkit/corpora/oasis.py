"""OASIS: 900 photographs in 248 themes, each with the mean valence and arousal that about 100 people gave it.

Reference: Kurdi, Lozano and Banaji, Introducing the Open Affective Standardized Image Set (OASIS), Behavior Research
Methods 49, 2017. Raters told on seven steps which affective response a picture evokes; half of them gave valence, the
others arousal. Task `oasis` is their mean, `oasis.spread` their standard deviation; single ratings are not published.
The official files are OASIS.csv and images; the compact ones have the pictures as WebP, 240 x 192 pixels. A picture
stays the bytes of its file until it is read. Rows whose picture is not there are left out: of the compact layout 62
with nudity or sexual violence (36 of train, 26 of dev), which leaves 838.
Differs from the release: splits are not official. They are by theme, so that no "Dog 7" is tested after a "Dog 2" was
learnt; the official layout takes them from a split.csv (id, split) beside it, else it has none.
Known faults: what was felt and what was seen in a picture is hard to tell apart for raters; injuries, war and dead
bodies are among the unpleasant pictures; raters were workers in the United States in 2015.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from ..sample import SPLITS, Media, Rating, Sample
from ..task import Kind, Task, View
from . import _pictures, layout, read_csv, write, write_csv

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CARD = {
    "title": "OASIS",
    "reference": "kurdi2017oasis",
    "url": "https://github.com/bkurdi/shiny-server",
    "folder": "scene/oasis",
    "modalities": ["scene"],
    "languages": [],
    "licence": "no licence; published as open access; pictures are under those of their sources, named per row",
    "split": "none official; by theme (579 / 160 / 161, of which 543 / 134 / 161 have their picture)",
    "groups": ["theme", "category"],
    "disjoint": ["theme"],
    "limits": ["photographs of 500 x 400 pixels or less", "raters in the United States only", "no single ratings"],
    "raters": "100 to 108 per picture and dimension, of whom mean, standard deviation and number are read",
}

_NAMES = ("valence", "arousal")
_MOST = 3.5  # no five ratings from 1 to 7 have a larger standard deviation
TASKS = (
    Task(
        "oasis",
        target="dimensions",
        kind=Kind.CONTINUOUS,
        scheme="vad_1_7",
        names=_NAMES,
        range=(1.0, 7.0),
        view=View.FELT,
    ),
    Task("oasis.spread", target="spread", kind=Kind.CONTINUOUS, scheme="", names=_NAMES, range=(0.0, _MOST)),
)
_LAYOUTS = {"compact": ("labels.csv", "images.zip"), "official": ("OASIS.csv", "images")}
_MEASURES = tuple(f"{name}_{what}" for what in ("mean", "sd", "n") for name in _NAMES)
_OFFICIAL = {
    "theme": "Theme",
    "category": "Category",
    "valence_mean": "Valence_mean",
    "arousal_mean": "Arousal_mean",
    "valence_sd": "Valence_SD",
    "arousal_sd": "Arousal_SD",
    "valence_n": "Valence_N",
    "arousal_n": "Arousal_N",
}
"""Column of the compact file -> of the official one, whose first column, of the id, has no name."""
_SPLITS = dict(zip(("train", "valid", "test"), SPLITS, strict=True))


def rows(root: Path) -> Iterator[Sample]:
    """Samples by picture, compact (labels.csv, images.zip) or official (OASIS.csv, images).

    Raises:
        DataError: cells that are no numbers, an unknown split, or a picture that should be there and is not.
    """
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    for row, split, picture in read(root):
        id = row["id"]
        valence, arousal, valence_sd, arousal_sd, *raters = _pictures.numbers(row, _MEASURES, f"the picture {id}")
        note = " and ".join(f"{n:g}" for n in raters) + " raters"
        yield Sample(
            id,
            {"scene": Media(array=picture)},
            (
                Rating("oasis", (valence, arousal), rater="consensus", rule="mean", note=note),
                Rating(
                    "oasis.spread", (valence_sd, arousal_sd), rater="consensus", rule="standard deviation", note=note
                ),
            ),
            groups={"theme": _theme(row["theme"]), "category": row["category"].strip()},
            split=_split(split, id),
        )


Read = Iterator[tuple[Mapping[str, str], str | None, "NDArray[np.uint8]"]]


def _compact(root: Path) -> Read:
    import numpy as np

    need = ("id", "theme", "category", *_MEASURES, "image_included", "file", "split")
    try:
        with zipfile.ZipFile(root / "images.zip") as pictures:
            for row in read_csv(root / "labels.csv", need):
                if row["image_included"] == "1":
                    yield row, row["split"], np.frombuffer(pictures.read(row["file"]), np.uint8)
    except KeyError as error:
        raise DataError("every file of labels.csv in images.zip", str(error), "get the corpus again") from error
    except zipfile.BadZipFile as error:
        raise DataError("a whole images.zip", str(error), "get it again") from error


def _official(root: Path) -> Read:
    import numpy as np

    there, some = root / "split.csv", False
    given: dict[str, str] = {}
    if there.is_file():
        given = {row["id"]: row["split"] for row in read_csv(there, ("id", "split"))}
    for released in read_csv(root / "OASIS.csv", ("", *_OFFICIAL.values())):
        row = {"id": released[""].strip()} | {ours: released[theirs] for ours, theirs in _OFFICIAL.items()}
        file = root / "images" / f"{row['theme'].strip()}.jpg"
        if file.is_file():
            some = True
            yield row, given.get(row["id"]), np.fromfile(file, np.uint8)
    if not some:
        raise DataError(f"the pictures of OASIS.csv in {root / 'images'}", "none", "get the corpus again")


def _theme(name: str) -> str:
    """The theme of a picture: its name without the number at the end, "Dog" for "Dog 7"."""
    return re.sub(r"\s*\d*\s*$", "", name)


def _split(named: str | None, id: str) -> str | None:
    if named is not None and named not in _SPLITS:
        raise DataError(f"{', '.join(_SPLITS)} for the picture {id}", repr(named), "correct its split")
    return None if named is None else _SPLITS[named]


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 108 skies in 36 themes, six of which are missing.

    They are brighter where valence is high, and rougher where arousal is.
    """
    made: list[dict[str, Any]] = []
    pictures = []
    for number in range(108):
        valence, arousal = rng.uniform(1.5, 6.5, 2)
        theme = number // 3
        row: dict[str, Any] = {
            "id": f"I{number + 1}",
            "theme": f"Sky over {'abcdefghijklmnopqrstuvwxyz'[theme % 26] * (1 + theme // 26)} {number % 3 + 1}",
            "category": ("Scenery", "Object", "Person", "Animal")[theme % 4],
        }
        row |= dict(zip(_MEASURES, (valence, arousal, *rng.uniform(0.5, 2, 2), 102, 101), strict=True))
        made.append(row | {"split": [*_SPLITS][(theme % 6 > 3) + (theme % 6 > 4)], "image_included": number % 18 != 5})
        kind = "webp" if layout == "compact" else "jpeg"
        pictures.append(_pictures.picture(rng, valence / 7, kind, rough=12 * arousal))
    {"compact": _fake_compact, "official": _fake_official}[layout](root, made, pictures)


def _fake_compact(root: Path, made: Sequence[dict[str, Any]], pictures: Sequence[bytes]) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for row, picture in zip(made, pictures, strict=True):
            if row["image_included"]:
                file.writestr(zipfile.ZipInfo(f"{row['id']}.webp"), picture)  # a ZipInfo has a fixed date
    write(root / "images.zip", packed.getvalue())
    named = [{"file": f"{row['id']}.webp", "theme_group": _theme(row["theme"])} for row in made]
    table = [row | more | {"image_included": int(row["image_included"])} for row, more in zip(made, named, strict=True)]
    write_csv(root / "labels.csv", table)


def _fake_official(root: Path, made: Sequence[dict[str, Any]], pictures: Sequence[bytes]) -> None:
    for row, picture in zip(made, pictures, strict=True):
        if row["image_included"]:
            write(root / "images" / f"{row['theme']}.jpg", picture)
    released = [{"": row["id"]} | {theirs: row[ours] for ours, theirs in _OFFICIAL.items()} for row in made]
    write_csv(root / "OASIS.csv", released)
    write_csv(root / "split.csv", [{"id": row["id"], "split": row["split"]} for row in made])
