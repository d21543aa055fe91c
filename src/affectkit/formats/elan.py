"""ELAN: an annotation document (EAF 3.0), one tier per task and per speaker, `ekman@Anna`.

Reference: Sloetjes and Somasundaram, ELAN development, keeping pace with communities' needs, LREC 2012; the schema is
https://www.mpi.nl/tools/elan/EAFv3.0.xsd. The recording is named without its folder, so it is found beside the
document. Times are whole milliseconds, confidences whole per cent, values have two places. Read are annotations with
times of their own, of any document; those that refer to others or subdivide them are left out.
"""

from __future__ import annotations

import mimetypes
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import BinaryIO

from ..errors import DataError
from ..prediction import Prediction
from . import _tiers

CARD = {
    "title": "ELAN annotations",
    "suffix": ".eaf",
    "passes": 1,
    "spans": True,
    "inputs": 1,
    "step_s": 0.001,
    "keeps": [
        "start_s",
        "end_s",
        "track",
        "tasks.labels",
        "tasks.confidence",
        "tasks.abstain",
        "tasks.values",
    ],
    "loses": ["track.box", "track.quality", "track.detected"],
}

_SCHEMA = "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation"
_ROOT = "ANNOTATION_DOCUMENT"
_NO_XML = re.compile("[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TYPE = "default-lt"  # ELAN's own name for what has times and stands in no relation
# a date must be there; that of the writing would make two documents of the same predictions differ
_DATE = "1970-01-01T00:00:00Z"


def write(predictions: Iterable[Prediction], file: BinaryIO) -> None:
    """Write the document when all segments are there; what failed or says nothing is left out.

    Raises:
        UsageError: a prediction without a span, or a second input.
    """
    tiers, where = _tiers.tiers(predictions, CARD)
    said = {"AUTHOR": "affectkit", "DATE": _DATE, "FORMAT": "3.0", "VERSION": "3.0"}
    root = ET.Element(_ROOT, said | {_SCHEMA: "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"})
    head = ET.SubElement(root, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
    if where:
        name = f"./{_NO_XML.sub('_', PurePath(where).name)}"
        kind = mimetypes.guess_type(name)[0] or "unknown"
        ET.SubElement(head, "MEDIA_DESCRIPTOR", MEDIA_URL=name, MIME_TYPE=kind, RELATIVE_MEDIA_URL=name)
    count = sum(len(tier.segments) for tier in tiers)
    ET.SubElement(head, "PROPERTY", NAME="lastUsedAnnotationId").text = str(count)
    # each annotation has slots of its own, as in ELAN, where moving a shared slot would move both
    ends = [(time, number) for number, time in enumerate(_times(tiers))]
    slots: dict[int, str] = {}
    order = ET.SubElement(root, "TIME_ORDER")
    for place, (time, number) in enumerate(sorted(ends), 1):
        slots[number] = f"ts{place}"
        ET.SubElement(order, "TIME_SLOT", TIME_SLOT_ID=slots[number], TIME_VALUE=str(time))
    number = 0
    for tier in tiers:
        who = {"PARTICIPANT": tier.track} if tier.track else {}
        one = ET.SubElement(root, "TIER", {"LINGUISTIC_TYPE_REF": _TYPE, **who, "TIER_ID": tier.name})
        for segment in tier.segments:
            refs = {"TIME_SLOT_REF1": slots[2 * number], "TIME_SLOT_REF2": slots[2 * number + 1]}
            number += 1
            told = ET.SubElement(ET.SubElement(one, "ANNOTATION"), "ALIGNABLE_ANNOTATION", refs)
            told.set("ANNOTATION_ID", f"a{number}")
            ET.SubElement(told, "ANNOTATION_VALUE").text = segment.text
    ET.SubElement(root, "LINGUISTIC_TYPE", GRAPHIC_REFERENCES="false", LINGUISTIC_TYPE_ID=_TYPE, TIME_ALIGNABLE="true")
    ET.indent(root)
    file.write(ET.tostring(root, "utf-8", xml_declaration=True) + b"\n")


def _times(tiers: Iterable[_tiers.Tier]) -> Iterator[int]:
    """Start and end of every segment in turn, in milliseconds."""
    for tier in tiers:
        for segment in tier.segments:
            yield from (segment.start, segment.end)


def read(file: BinaryIO) -> Iterator[Prediction]:
    """The predictions by time; what has the same span and speaker is one of them.

    Raises:
        DataError: broken XML, no ELAN document, or times that make no span.
    """
    try:
        root = ET.fromstring(file.read())
    except (ET.ParseError, ValueError, LookupError) as error:  # an encoding nobody knows is a LookupError
        raise DataError("the XML of an ELAN document", f"a fault: {error}", "save it again in ELAN") from error
    if root.tag != _ROOT:
        raise DataError(f"an {_ROOT} of ELAN", f"a {root.tag}", "give an .eaf file")
    media = root.find("HEADER/MEDIA_DESCRIPTOR")
    where = "" if media is None else media.get("RELATIVE_MEDIA_URL") or media.get("MEDIA_URL") or ""
    slots = {slot.get("TIME_SLOT_ID"): _milliseconds(slot) for slot in root.iterfind("TIME_ORDER/TIME_SLOT")}
    named = ((tier.get("TIER_ID", ""), _segments(tier, slots)) for tier in root.iterfind("TIER"))
    yield from _tiers.joined(named, where.rpartition("/")[2])


def _milliseconds(slot: ET.Element) -> int | None:
    time = slot.get("TIME_VALUE")
    if time is None:
        return None
    if not time.isdecimal():
        what = f"whole milliseconds in the time slot {slot.get('TIME_SLOT_ID')}"
        raise DataError(what, repr(time), "save it again in ELAN")
    return int(time)


def _segments(tier: ET.Element, slots: dict[str | None, int | None]) -> Iterator[tuple[float, float, str]]:
    for one in tier.iterfind("ANNOTATION/ALIGNABLE_ANNOTATION"):
        which = f"the annotation {one.get('ANNOTATION_ID')} of the tier {tier.get('TIER_ID')}"
        refs = [one.get("TIME_SLOT_REF1"), one.get("TIME_SLOT_REF2")]
        if not set(refs) <= slots.keys():
            lacking = ", ".join(str(ref) for ref in refs if ref not in slots)
            raise DataError(f"the time slots of {which}", f"no {lacking}", "save it again in ELAN")
        start, end = (slots[ref] for ref in refs)
        if start is None or end is None:  # subdivided: its times are nobody's measurement
            continue
        if end < start:
            raise DataError(f"an end after the start of {which}", f"{start} to {end} ms", "correct it in ELAN")
        yield start / 1000, end / 1000, one.findtext("ANNOTATION_VALUE") or ""
