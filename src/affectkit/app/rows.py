"""Rows of CSV and TSV, read as the corpora's tables are."""

from __future__ import annotations

from ..corpora._cells import parsed as parsed
