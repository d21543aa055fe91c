"""Modalities: how raw media become arrays (or text), one file each, the same for training and for serving.

A part may give `blank(media) -> bool`, true of media in which nothing is: training leaves such samples out and counts
them.
"""
