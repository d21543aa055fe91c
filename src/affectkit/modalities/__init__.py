"""Modalities: how raw media become arrays (or text), one file each, the same for training and for serving.

A part may give
- `blank(media) -> bool`, true of media in which nothing is: training leaves such samples out and counts them;
- `key(media) -> str | None`, equal for media that hold the same: by it what is in train is found again in test, and
  the CARD's `noun` ("text", "picture") names it;
- `shown(media) -> str`, what a report shows of an item that went wrong, and `picture(media) -> bytes`, a small PNG.
"""
