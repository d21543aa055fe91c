"""One HTML page that needs nothing from elsewhere: its frame, its style for screen, night and paper, and its tables."""

from __future__ import annotations

import base64
import html
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Picture:
    """A small PNG, which stands within the page."""

    png: bytes


Cell = str | int | float | tuple[float, float] | Picture | None
"""A text, a count, a figure, an interval, a picture, or nothing; numbers stand to the right."""

NOTHING = "–"
_STYLE = """
:root{--paper:#fdfdfb;--ink:#23272e;--quiet:#68707c;--line:#e2e2dd;--accent:#2a6f97;color-scheme:light dark}
@media screen and (prefers-color-scheme:dark){
:root{--paper:#16191d;--ink:#e4e4e0;--quiet:#99a1ab;--line:#31363d;--accent:#7db8dc}}
*{box-sizing:border-box}
html{font-size:16px;-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:50rem;padding:3rem 1.5rem 5rem;background:var(--paper);color:var(--ink);
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
font-variant-numeric:tabular-nums}
h1,h2,h3{font-weight:600;line-height:1.25;text-wrap:balance}
h1{font-size:2rem;margin:0 0 .4rem;letter-spacing:-.015em}
h2{font-size:1.35rem;margin:3.5rem 0 .6rem;padding-top:1.2rem;border-top:2px solid var(--accent)}
h3{font-size:1.02rem;margin:2.2rem 0 .5rem}
p{margin:.5rem 0;max-width:42rem}
ul{padding-left:1.1rem;margin:.5rem 0}li{margin:.25rem 0;max-width:42rem}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
nav{margin:1.2rem 0 0;font-size:.9rem;display:flex;flex-wrap:wrap;gap:.3rem 1.1rem}
.quiet,figcaption{color:var(--quiet)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:1.6rem;margin:1.8rem 0 0}
.tiles b{display:block;font-size:2.1rem;font-weight:500;line-height:1.15;color:var(--accent);letter-spacing:-.02em}
.tiles span{display:block;font-size:.86rem;color:var(--quiet);line-height:1.4}
dl{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.3rem 1.2rem;margin:.8rem 0;font-size:.9rem}
dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.86rem;line-height:1.4;margin:.8rem 0;min-width:55%}
th{font-weight:500;color:var(--quiet);text-align:left;vertical-align:bottom}
th,td{padding:.28rem 1.1rem .28rem 0;border-bottom:1px solid var(--line)}
td{vertical-align:top;overflow-wrap:break-word;max-width:20rem}
.r{text-align:right;white-space:nowrap}
td.long{min-width:15rem;max-width:none}
th:last-child,td:last-child{padding-right:0}
figure{margin:1rem 0}
figcaption{font-size:.84rem;line-height:1.45;margin-top:.3rem;max-width:42rem}
td img{display:block;max-width:none}
svg{display:block;max-width:100%;height:auto}
svg *{stroke-linejoin:round;stroke-linecap:butt}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:0 1.6rem}
.pair figure{margin-bottom:0}
.uses{border-left:3px solid var(--accent);padding-left:1.1rem}
footer{margin-top:4rem;font-size:.84rem;color:var(--quiet)}
@page{size:A4;margin:17mm 16mm}
@media print{
html{font-size:12.5px}body{padding:0;max-width:none}nav{display:none}
h2{break-after:avoid;margin-top:2.4rem}h3{break-after:avoid}
figure,dl,.tiles,tr,.uses{break-inside:avoid}thead{display:table-header-group}.wide{overflow:visible}}
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page under its own heading; `body` is HTML, `heading` is text."""

    heading: str
    body: str


def whole(title: str, before: str, sections: Sequence[Section], after: str = "", lang: str = "en") -> str:
    """The page: the title, what stands before the sections, a line of links to them, and the sections.

    Args:
        title, and each heading: texts; `before`, each body, and `after`: HTML.
    """
    places = [f"part-{i}" for i in range(1, len(sections) + 1)]
    links = "".join(f'<a href="#{p}">{text(s.heading)}</a>' for p, s in zip(places, sections, strict=True))
    parts = [
        f'<section><h2 id="{place}">{text(section.heading)}</h2>\n{section.body}\n</section>'
        for place, section in zip(places, sections, strict=True)
    ]
    return "\n".join(
        [
            f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
            f"<header><h1>{text(title)}</h1>\n{before}\n<nav>{links}</nav></header>",
            *parts,
            f"<footer>{after}</footer>\n</body>\n</html>\n",
        ]
    )


def text(given: object) -> str:
    """Any text, harmless within HTML."""
    return html.escape(clean(str(given)))


def clean(given: str) -> str:
    """A text without the characters that HTML forbids and without lone surrogates: each becomes �."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", "\ufffd", given)


def part(heading: str, *body: str) -> str:
    """A heading of the second rank and what stands below it; nothing where there is no body."""
    held = [one for one in body if one]
    return "\n".join([f"<h3>{text(heading)}</h3>", *held]) if held else ""


def paragraph(given: str, kind: str = "") -> str:
    return f'<p class="{kind}">{text(given)}</p>' if kind else f"<p>{text(given)}</p>"


def bullets(given: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{text(one)}</li>" for one in given) + "</ul>" if given else ""


def facts(given: Mapping[str, str]) -> str:
    """What is known, name by name; empty ones are left out."""
    held = "".join(f"<dt>{text(k)}</dt><dd>{text(v)}</dd>" for k, v in given.items() if v)
    return f"<dl>{held}</dl>" if held else ""


def tiles(given: Sequence[tuple[str, str]]) -> str:
    """Figures to be seen first: (figure, what it is)."""
    held = "".join(f"<div><b>{text(value)}</b><span>{text(what)}</span></div>" for value, what in given)
    return f'<div class="tiles">{held}</div>' if held else ""


def table(heading: Sequence[str], rows: Sequence[Sequence[Cell]], long: Sequence[int] = ()) -> str:
    """A table; a column whose first cell that holds anything is no text stands to the right.

    Args:
        long: columns of long texts, which get room.
    """
    if not rows:
        return ""
    columns = list(zip(*rows, strict=True))
    right = [next((not isinstance(c, str | Picture) for c in column if c is not None), False) for column in columns]
    classes = ["r" if r else "long" if i in long else "" for i, r in enumerate(right)]
    marked = [f' class="{c}"' if c else "" for c in classes]
    head = "".join(f'<th scope="col"{m}>{text(h)}</th>' for h, m in zip(heading, marked, strict=True))
    body = "\n".join(
        "<tr>" + "".join(f"<td{m}>{cell(c)}</td>" for c, m in zip(row, marked, strict=True)) + "</tr>" for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>'


def cell(given: Cell) -> str:
    """What stands in a cell: 1,234 or 0.541 or 0.520 to 0.562."""
    if given is None:
        return NOTHING
    if isinstance(given, Picture):
        return f'<img alt="" src="data:image/png;base64,{base64.b64encode(given.png).decode("ascii")}">'
    if isinstance(given, tuple):
        low, high = given
        return NOTHING if math.isnan(low) or math.isnan(high) else f"{number(low)} to {number(high)}"
    if isinstance(given, float):
        return number(given)
    return f"{given:,}" if isinstance(given, int) else text(given)


def number(value: float, digits: int = 3) -> str:
    """0.541, with a minus that is as wide as a plus; nothing for NaN."""
    if math.isnan(value):
        return NOTHING
    written = f"{value:.{digits}f}"
    return written.lstrip("-") if float(written) == 0 else written.replace("-", "\u2212")


def percent(share: float) -> str:
    return NOTHING if math.isnan(share) else f"{100 * share:.1f} %"


def figure(svg: str, caption: str) -> str:
    return f"<figure>{svg}<figcaption>{text(caption)}</figcaption></figure>" if svg else ""


def pair(*figures: str) -> str:
    """Figures beside each other where there is room."""
    held = [one for one in figures if one]
    return f'<div class="pair">{"".join(held)}</div>' if held else ""
