"""Heads: from vectors to the scores of a task."""
