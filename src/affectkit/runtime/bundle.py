"""Bundles: a model, what reading needs and a card in one `.affect` file, verified on opening and written whole.

A `.affect` file is a zip of stored entries: `model.onnx`, `card.json` (what it predicts, calibrated how, measured
where, under which licences, with which limits), the assets that reading needs, such as `tokenizer.json` for text, and
`hashes.json`, the sha256 of all others. Nothing of a file whose hashes do not hold is ever used.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import store
from ..errors import AffectError, BundleError, UnknownName, UsageError

FORM = 1
"""Version of the form that is written; files of a newer form are refused."""
SUFFIX = ".affect"
FOLDER = Path(__file__).parents[1] / "bundles"
"""Where the shipped bundles lie."""

TOKENIZER = "tokenizer.json"
"""The asset of bundles that read tokens."""

_MODEL, _CARD, _HASHES = "model.onnx", "card.json", "hashes.json"
_NEEDED = ("name", "version", "modality", "tasks", "licences")
_DATE = (1980, 1, 1, 0, 0, 0)  # the same content gives the same file, whenever it is written

_FREE = {
    ("cc0",),
    ("cc", "by"),
    ("cc", "by", "sa"),
    ("odbl",),
    ("mit",),
    ("bsd",),
    ("apache",),
}
"""Licences that let pass for commercial use, as their words."""
_FILLING = {"licence", "license", "clause", "international", "universal", "version", "v", "simplified", "new"}


class LicenceError(AffectError):
    """A bundle whose weights or training data may not be used commercially."""

    kind = "licence"


@dataclass(frozen=True, slots=True)
class Bundle:
    """An opened, verified bundle.

    Args:
        card: what `card.json` says.
        model: the ONNX model.
        assets: name -> content of what reading needs, such as the tokenizer's JSON.
    """

    card: Mapping[str, Any]
    model: bytes
    assets: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def spoken(self) -> str:
        """name@version, as predictions carry it."""
        return f"{self.card['name']}@{self.card['version']}"


def open(path: Path) -> Bundle:
    """Read and verify a whole bundle.

    Raises:
        BundleError: the file is truncated, altered, incomplete or of a newer form.
    """
    with _zip(path) as archive:
        hashes = _hashes(archive, path)
        names = dict.fromkeys((_CARD, _MODEL, *hashes))
        entries = {name: _entry(archive, name, hashes, path) for name in names}
    return Bundle(_card(entries.pop(_CARD), path), entries.pop(_MODEL), entries)


def read_card(path: Path) -> dict[str, Any]:
    """The card alone, verified, without reading the model.

    Raises:
        BundleError: as in `open`.
    """
    with _zip(path) as archive:
        return _card(_entry(archive, _CARD, _hashes(archive, path), path), path)


def fingerprint(path: Path) -> str:
    """A hash of the bundle's content, from the hashes it carries."""
    with _zip(path) as archive:
        return store.sha256(json.dumps(_hashes(archive, path), sort_keys=True).encode())


def pack(path: Path, card: Mapping[str, Any], model: bytes, assets: Mapping[str, bytes]) -> Path:
    """Write a bundle whole; the same content gives the same bytes. `assets` are what reading needs, by name.

    Raises:
        BundleError: the card lacks what every card must say.
    """
    written = json.dumps({"form": FORM, **card}, indent=1, ensure_ascii=False).encode("utf-8")
    _card(written, path)
    entries = {_MODEL: model, **assets, _CARD: written}
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in entries.items()}
    entries[_HASHES] = json.dumps(hashes, indent=1).encode()
    with store.whole(path) as aside, zipfile.ZipFile(aside, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return path


def shipped() -> dict[str, Path]:
    """name -> file of the bundles that came with the package; the name is the file's."""
    return {path.stem: path for path in sorted(FOLDER.glob(f"*{SUFFIX}"))}


def find(name_or_path: str | Path) -> Path:
    """The file of a shipped bundle, or a file given by its path.

    Raises:
        UsageError: a path that is not there.
        UnknownName: no shipped bundle bears the name; the nearest are offered.
    """
    given = Path(name_or_path)
    if given.suffix == SUFFIX or len(given.parts) > 1:
        if not given.is_file():
            raise UsageError(f"a {SUFFIX} file at {given}", "no such file", "check the path, or name a shipped bundle")
        return given
    known = shipped()
    if str(name_or_path) not in known:
        raise UnknownName.among("a bundle", str(name_or_path), known)
    return known[str(name_or_path)]


def default(modality: str, commercial_only: bool = False) -> Path:
    """The shipped bundle for a modality: the one whose card says `default`, else the first by name that may be used.

    Raises:
        UsageError: none is shipped that reads the modality.
        LicenceError: all that do are refused for commercial use.
    """
    found = {path: card for path in shipped().values() if (card := read_card(path))["modality"] == modality}
    if not found:
        raise UsageError(
            f"a shipped bundle that reads {modality}", "none", f"name one, for example --bundle my{SUFFIX}"
        )
    free = [path for path, card in found.items() if not (commercial_only and offending(card))]
    if not free:
        refuse(next(iter(found.values())))
    return next((path for path in free if found[path].get("default")), free[0])


def offending(card: Mapping[str, Any]) -> dict[str, str]:
    """What stands against commercial use: what was licensed -> its licence, of the weights and of all data."""
    licences = card["licences"]
    given = {"weights": licences.get("weights"), **licences.get("data", {})}
    given |= {corpus: "unknown" for corpus in card.get("trained_on", ()) if corpus not in given}
    return {what: str(licence or "unknown") for what, licence in given.items() if not _free(str(licence or "unknown"))}


def refuse(card: Mapping[str, Any]) -> None:
    """Do nothing when a bundle may be used commercially.

    Raises:
        LicenceError: it may not; the sentence names each licence that forbids it or is not known to allow it.
    """
    if against := offending(card):
        named = ", ".join(f"{licence} ({what})" for what, licence in against.items())
        raise LicenceError(
            f"licences that allow commercial use of the bundle {card['name']!r}",
            named,
            "choose another bundle, or leave --commercial-only out",
        )


def _free(licence: str) -> bool:
    """Whether every one of the licences named allows commercial use; what is not known does not."""
    return all(_one_free(part) for part in re.split(r"\s+(?:and|or)\s+|[,;/&+]", licence, flags=re.IGNORECASE))


def _one_free(licence: str) -> bool:
    words = [w for w in re.findall(r"[a-z]+0?|\d[\d.]*", licence.lower()) if w not in _FILLING]
    return tuple(w for w in words if not w[0].isdigit()) in _FREE


@contextmanager
def _zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            yield archive
    except FileNotFoundError as error:
        raise BundleError(f"a bundle at {path}", "no such file", "check the path") from error
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError) as error:  # the last: said to be encrypted
        raise _broken(path, f"a file that is truncated or no zip ({error})") from error


def _hashes(archive: zipfile.ZipFile, path: Path) -> dict[str, str]:
    try:
        found = json.loads(archive.read(_HASHES))
    except KeyError as error:
        raise _broken(path, f"no {_HASHES}") from error
    except ValueError as error:
        raise _broken(path, f"a {_HASHES} that is no JSON") from error
    if not isinstance(found, dict):
        raise _broken(path, f"a {_HASHES} that is no JSON object")
    return found


def _entry(archive: zipfile.ZipFile, name: str, hashes: Mapping[str, str], path: Path) -> bytes:
    try:
        info = archive.getinfo(name)
    except KeyError as error:
        raise _broken(path, f"no {name}") from error
    if info.compress_type != zipfile.ZIP_STORED:
        # a compressed entry could unpack to any size before its hash is known
        raise _broken(path, f"{name} compressed, where bundles store it plain")
    data = archive.read(info)
    if hashlib.sha256(data).hexdigest() != hashes.get(name):
        raise _broken(path, f"another content of {name} than {_HASHES} says")
    return data


def _card(data: bytes, path: Path) -> dict[str, Any]:
    try:
        card = json.loads(data)
    except ValueError as error:
        raise _broken(path, f"a {_CARD} that is no JSON") from error
    form = card.get("form") if isinstance(card, dict) else None
    if not isinstance(form, int):
        raise _broken(path, f"a {_CARD} without its form")
    if form > FORM:
        raise BundleError(f"a bundle of form {FORM} or lower in {path}", f"form {form}", "update affectkit")
    missing = [name for name in _NEEDED if name not in card]
    if missing:
        raise _broken(path, f"a {_CARD} without {', '.join(missing)}")
    return dict(card)


def _broken(path: Path, found: str) -> BundleError:
    return BundleError(f"a whole, unaltered bundle in {path}", found, "get or export it again")
