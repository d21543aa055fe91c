"""A report as one HTML file, from its content; and as PDF, by a program that is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .. import __version__, store
from ..errors import AffectError, UsageError
from . import charts, page, sections, spoken
from .content import Content
from .page import Cell, Section

_BROWSER = (
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-pdf-header-footer",
    "--print-to-pdf={out}",
    "{page}",
)
PROGRAMS = {
    "chromium": _BROWSER,
    "chromium-browser": _BROWSER,
    "google-chrome": _BROWSER,
    "weasyprint": ("{page}", "{out}"),
}
"""Programs that make a PDF of a page -> how they are called; the first that is there is taken."""
_PATIENCE_S = 120
NOT_FOR = (
    "Work and school: in the European Union, Article 5(1)(f) of the AI Act (Regulation (EU) 2024/1689) prohibits "
    "systems that infer the emotions of a person at the workplace or in educational institutions, except for medical "
    "or safety reasons. The Act speaks of biometric data such as faces and voices; we ask you to hold to it for text "
    "as well.",
    "Decisions about a person: do not hire, grade, insure, lend, police, diagnose or judge asylum by it.",
    "Lie detection, covert monitoring, manipulation.",
    "Health: it is no medical device and does not find depression, danger of suicide or any illness.",
)
IS = (
    "What is predicted is how people would judge a text, a voice or a face: perceived or annotated affect, not what "
    "anybody feels inside. A figure holds for the corpus, split and protocol beside it, and is no promise for others."
)


def html(content: Content) -> str:
    """The page.

    Raises:
        MissingExtra: matplotlib is not there.
    """
    made = [sections.chapter(one, f"c{i}") for i, one in enumerate(content.chapters)]
    made += [spoken.section(one, f"s{i}") for i, one in enumerate(content.spoken)]
    made += [*_failed(content), *_audit(content), _licences(content)]
    before = page.facts(content.facts) + page.bullets(content.notes)
    return page.whole(content.title, before, made, page.text(f"Made by affectkit {__version__}."))


def save(content: Content, file: Path, pdf: bool = False) -> list[Path]:
    """Write the page and, where asked for, a PDF of it beside it; the files that were written.

    Raises:
        UsageError: the page's folder is not there, or its name does not end in .html.
        MissingExtra: matplotlib is not there.
        NoRenderer: no program that makes a PDF is there, or it fails.
    """
    check(file, pdf)
    made = html(content)
    store.write(file, made)
    return [file, printed(made, file.with_suffix(".pdf"))] if pdf else [file]


def check(file: Path, pdf: bool) -> None:
    """Do nothing when a report can be written to a file: to be known before all the work.

    Raises: as `save`.
    """
    if file.suffix.lower() not in (".html", ".htm"):
        raise UsageError("a report that ends in .html", file.name, "choose another name; --pdf makes a PDF beside it")
    if not file.parent.is_dir() or file.is_dir():
        found = "a folder" if file.is_dir() else f"no folder {file.parent}"
        raise UsageError(f"a file name for {file}", found, "make the folder or correct the name")
    if pdf:
        renderer()


def renderer() -> tuple[str, Sequence[str]]:
    """A program that makes a PDF of a page, and how it is called.

    Raises:
        NoRenderer: none is there.
    """
    for name, how in PROGRAMS.items():
        if (where := shutil.which(name)) is not None:
            return where, how
    raise NoRenderer(f"one of {', '.join(PROGRAMS)} for --pdf", "none", "install weasyprint or chromium")


def printed(made: str, file: Path) -> Path:
    """Make a PDF of a page.

    Raises:
        NoRenderer: no program is there, or it fails.
    """
    program, how = renderer()
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "page.html", Path(folder) / "page.pdf"
        source.write_text(charts.paper(made), encoding="utf-8")
        alone = [f"--user-data-dir={folder}/profile"] if how is _BROWSER else []
        if alone and getattr(os, "geteuid", lambda: 1)() == 0:  # a browser refuses to run as root within its sandbox
            alone.append("--no-sandbox")
        call = [program, *alone, *(part.format(out=out, page=source) for part in how)]
        try:
            done = subprocess.run(call, capture_output=True, timeout=_PATIENCE_S, check=False)
            said = done.stderr.decode(errors="replace").strip().splitlines()
        except (OSError, subprocess.TimeoutExpired) as error:
            said = [str(error)]
        if not out.is_file():
            why = said[-1] if said else "nothing said"
            raise NoRenderer(f"a PDF made by {program}", why, "print the page from a browser instead")
        return store.write(file, out.read_bytes())


class NoRenderer(AffectError):
    """No program makes a PDF here."""

    kind = "renderer"
    exit_code = 2


def _failed(content: Content) -> list[Section]:
    if not content.errors:
        return []
    rows: list[list[Cell]] = [
        [why, many] for why, many in sorted(content.errors.items(), key=lambda pair: -pair[1])[:25]
    ]
    return [Section("Items that failed", page.table(["why", "items"], rows, long=[0]))]


def _audit(content: Content) -> list[Section]:
    parts = [
        page.part(
            one.corpus,
            page.paragraph(one.stamp),
            page.table(["", "found", "count", "of"], one.findings, long=[1]),
            page.bullets([f"not looked at: {what}" for what in one.unchecked]),
        )
        for one in content.audits
    ]
    return [Section("Audit of the splits", "\n".join(parts))] if parts else []


def _licences(content: Content) -> Section:
    return Section(
        "Licences, limits, and what it is not for",
        "\n".join(
            [
                page.part("Licences", page.table(["of", "licence"], [list(pair) for pair in content.licences.items()])),
                page.part("Limits", page.paragraph(IS), page.bullets(content.limits)),
                f'<div class="uses">{page.part("Not for", page.bullets(NOT_FOR))}</div>',
            ]
        ),
    )
