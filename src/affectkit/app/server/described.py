"""What is documented: the forms of requests and answers as OpenAPI has them, and a small page that lists the routes."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from typing import Any

from .refused import STATUS
from .settings import MOST_FILES, MOST_ITEMS
from .uploads import TRANSCRIPTS

_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_NULL = {"type": "null"}


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [dict(schema), _NULL]}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _map(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": dict(schema)}


_TASK = _object(
    target=_TEXT,
    scheme=_TEXT,
    view=_or_null(_TEXT),
    kind=_TEXT,
    scores=_or_null(_map(_NUMBER)),
    labels={"type": "array", "items": _TEXT},
    confidence=_or_null(_NUMBER),
    abstain={"type": "boolean"},
    values=_map(_NUMBER),
    low=_or_null(_map(_NUMBER)),
    high=_or_null(_map(_NUMBER)),
    converted_from=_TEXT,
    lost={},
)
_PROBLEM = _object(kind=_TEXT, message=_TEXT)
PREDICTION = _object(
    id=_TEXT,
    input=_TEXT,
    start_s=_or_null(_NUMBER),
    end_s=_or_null(_NUMBER),
    track=_or_null(
        _object(
            kind=_TEXT,
            id={},
            box=_or_null({"type": "array", "items": {"type": "integer"}}),
            quality=_or_null(_NUMBER),
            detected=_or_null({"type": "boolean"}),
        )
    ),
    modalities=_object(
        used={"type": "array", "items": _TEXT},
        missing={"type": "array", "items": _TEXT},
        disagreement=_or_null(_NUMBER),
    ),
    bundles={"type": "array", "items": _TEXT},
    relative_to=_or_null(_TEXT),
    tasks=_map(_TASK),
    error=_or_null(_PROBLEM),
)
ERROR = _object(error=_PROBLEM)
BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "anyOf": [
                    {**_object(text=_TEXT), "required": ["text"], "additionalProperties": False},
                    {
                        **_object(texts={"type": "array", "items": _TEXT, "minItems": 1, "maxItems": MOST_ITEMS}),
                        "required": ["texts"],
                        "additionalProperties": False,
                    },
                    {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": MOST_ITEMS},
                ]
            },
            "example": {"text": "I can't believe we won!"},
        },
        "multipart/form-data": {
            "schema": {
                **_object(
                    file={
                        "type": "array",
                        "items": {"type": "string", "format": "binary"},
                        "minItems": 1,
                        "maxItems": MOST_FILES,
                    },
                    transcript={
                        "type": "string",
                        "format": "binary",
                        "description": f"who says what when in the one file: {', '.join(TRANSCRIPTS)}",
                    },
                ),
                "required": ["file"],
            }
        },
    },
}
"""Of POST /v1/predict."""


def answers(ok: Mapping[str, Any], *refusals: int) -> dict[int | str, dict[str, Any]]:
    """The answers of a route: what it gives, and the statuses with which it refuses."""
    said: dict[int | str, dict[str, Any]] = {
        200: {"description": "The answer.", "content": {"application/json": {"schema": dict(ok)}}}
    }
    for status in refusals:
        content = {"application/json": {"schema": ERROR}}
        said[status] = {"description": STATUS[status][1], "content": content}
    return said


def page(openapi: Mapping[str, Any]) -> str:
    """The routes as a plain page; no script, nothing from elsewhere."""
    title = html.escape(str(openapi["info"]["title"]))
    said = html.escape(str(openapi["info"].get("description", "")))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"></head><body><main>'
        f'<h1>{title}</h1><p>{said}</p><p>The same for programs: <a href="openapi.json">openapi.json</a></p>'
        f"{''.join(_routes(openapi))}</main></body></html>\n"
    )


def _routes(openapi: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in openapi["paths"].items():
        for method, its in methods.items():
            yield f"<h2><code>{method.upper()} {html.escape(path)}</code></h2>"
            yield f"<p>{html.escape(str(its.get('summary', '')))}</p>"
            yield "".join(f"<p>{html.escape(p)}</p>" for p in str(its.get("description", "")).split("\n\n") if p)
            rows = [(one["name"], str(one.get("description", ""))) for one in its.get("parameters", ())]
            rows += [(kind, "body") for kind in its.get("requestBody", {}).get("content", ())]
            rows += [(status, str(one.get("description", ""))) for status, one in its["responses"].items()]
            yield "<dl>" + "".join(f"<dt><code>{html.escape(k)}</code></dt><dd>{html.escape(v)}</dd>" for k, v in rows)
            yield "</dl>"
