"""Telling: tables, citations and reports made from what parts, results and bundles say of themselves."""
