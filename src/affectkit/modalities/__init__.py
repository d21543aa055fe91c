"""Modalities: how raw media become arrays (or text), one file each, the same for training and for serving."""
