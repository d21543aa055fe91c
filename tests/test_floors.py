"""The order of the floors, read from the imports; no torch below its line; no name of a part in an `if`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import affectkit
from affectkit import find

ROOT = Path(affectkit.__file__).parent
FLOORS: dict[str, float] = {
    **dict.fromkeys(("task", "sample", "prediction", "errors", "find", "settings", "store", "hub", "taxonomies"), 0),
    **dict.fromkeys(("modalities", "features", "detect", "metrics"), 1),
    **dict.fromkeys(("corpora", "aggregate", "augment", "analysis"), 2),
    **dict.fromkeys(("runtime", "bundles", "language", "explain"), 3),
    # two steps within floor 3: a report says what `language` says, and a page of predictions is a report
    "report": 3.1,
    "formats": 3.2,
    "nn": 4,
    "train": 5,
    "methods": 6,
    "app": 7,
}
TRAINING = 4
"""The first floor that may import torch and what an extra brings."""
TORCH = {"torch", "transformers", "accelerate", "peft", "trl", "torchvision", "torchaudio"}
EXTRAS = TORCH | {
    "scipy",
    "sklearn",
    "pandas",
    "pyarrow",
    "matplotlib",
    "datasketch",
    "imagehash",
    "opensmile",
    "jiwer",
    "mne",
    "safetensors",
    "onnx",
}
DOORS = {"__init__", "__main__"}
"""The package's own front: its lazy names lead to every floor."""
FILES = sorted(p for p in ROOT.rglob("*.py") if p.relative_to(ROOT).parts[0].removesuffix(".py") not in DOORS)
EACH_FILE = pytest.mark.parametrize("file", FILES, ids=[p.relative_to(ROOT).as_posix() for p in FILES])


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def place(module: str) -> tuple[str, ...]:
    """affectkit.corpora.meld -> (corpora, meld)."""
    return tuple(module.split("."))[1:]


def exists(module: str) -> bool:
    at = ROOT.joinpath(*place(module))
    return at.is_dir() or at.with_suffix(".py").is_file()


def imports(file: Path, root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """(module, name) of every import statement anywhere in a file; relative ones made whole."""
    package = ["affectkit", *file.relative_to(root).parts[:-1]]
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((module, alias.name) for alias in node.names)


def inner(file: Path) -> Iterator[str]:
    """The package's own modules that a file imports."""
    for module, name in imports(file):
        if module.split(".")[0] != "affectkit":
            continue
        whole = f"{module}.{name}"
        yield whole if name and exists(whole) else module


def outer(file: Path) -> set[str]:
    return {module.split(".")[0] for module, _ in imports(file)} - {"affectkit"}


def floor(parts: tuple[str, ...]) -> float:
    return FLOORS[parts[0]]


def at(file: Path) -> tuple[str, ...]:
    return file.relative_to(ROOT).with_suffix("").parts


@EACH_FILE
def test_a_file_stands_on_a_floor(file: Path) -> None:
    assert at(file)[0] in FLOORS


@EACH_FILE
def test_imports_go_to_lower_floors_or_stay_in_the_folder(file: Path) -> None:
    own = at(file)
    for module in inner(file):
        other = place(module)
        if not other:  # the package's front holds the version, and nothing else that a part should take from it
            taken = {name for m, name in imports(file) if m == module}
            assert taken <= {"__version__"} | {n for n in taken if exists(f"affectkit.{n}")}, taken
            continue
        same = other[0] == own[0] or floor(other) == floor(own) == 0
        assert same or floor(other) < floor(own), f"{'.'.join(own)} imports {module}"


@pytest.mark.parametrize("name", find.names("methods"))
def test_methods_do_not_import_each_other(name: str) -> None:
    sideways = [m for m in inner(find.path("methods", name)) if place(m)[:1] == ("methods",) and len(place(m)) > 1]
    assert sideways == []


@EACH_FILE
def test_no_torch_below_its_line_and_no_extra_outside_find_library(file: Path) -> None:
    if floor(at(file)) >= TRAINING:
        return
    typing_only = {
        inside
        for node in ast.walk(tree(file))
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inside in ast.walk(node)
    }
    assert not outer(file) & TORCH
    for node in ast.walk(tree(file)):
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            assert not {a.name.split(".")[0] for a in node.names} & EXTRAS, f"line {node.lineno}: use find.library"
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert str(node.module).split(".")[0] not in EXTRAS, f"line {node.lineno}: use find.library"
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            asked = str(node.args[0].value).split(".")[0]
            assert called not in ("library", "import_module") or asked not in TORCH, f"line {node.lineno}: {asked}"


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k in find.kinds() for n in find.names(k)])
def test_a_part_that_needs_an_extra_names_it(kind: str, name: str) -> None:
    file = find.path(kind, name)
    at_once = {
        module.split(".")[0]
        for node in tree(file).body
        for module in (
            [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    }
    needs = bool(at_once & EXTRAS) or floor(at(file)) >= TRAINING
    assert not needs or find.card(kind, name).get("extra")


@EACH_FILE
def test_only_the_app_prints(file: Path) -> None:
    if at(file)[0] == "app":
        return
    printed = [
        node.lineno
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printed == []


NAMES = {name for kind in find.KINDS for name in find.names(kind)}


def compared(module: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, text) of every text that is compared with something, or is a case of a `match`."""
    for node in ast.walk(module):
        if isinstance(node, ast.Compare):
            inside = [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue):
            inside = [node.value]
        else:
            continue
        for value in inside:
            listed = value.elts if isinstance(value, ast.Tuple | ast.List | ast.Set) else [value]
            yield from ((v.lineno, v.value) for v in listed if isinstance(v, ast.Constant) and isinstance(v.value, str))


@EACH_FILE
def test_no_name_of_an_open_set_is_compared(file: Path) -> None:
    assert [(line, text) for line, text in compared(tree(file)) if text in NAMES] == []


def test_the_scan_sees_what_it_should(tmp_path: Path) -> None:
    file = tmp_path / "nn" / "heads" / "odd.py"
    file.parent.mkdir(parents=True)
    file.write_text(
        "from __future__ import annotations\n"
        "import torch.nn as nn\n"
        "from ...train import loop\n"
        "from . import linear\n"
        "def f(name):\n"
        "    from .... import nowhere\n"
        "    if name == 'goemotions' or name in ('meld', 'x'): pass\n"
        "    match name:\n"
        "        case 'ekman': pass\n",
        encoding="utf-8",
    )
    found = set(imports(file, tmp_path))
    assert {("torch.nn", ""), ("affectkit.train", "loop"), ("affectkit.nn.heads", "linear")} <= found
    assert {text for _, text in compared(tree(file))} == {"goemotions", "meld", "x", "ekman"}
    assert {"goemotions", "meld", "ekman", "macro_f1", "text"} <= NAMES
    assert len(FILES) > 30
