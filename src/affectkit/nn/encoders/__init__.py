"""Encoders: from padded inputs and lengths to a vector per position."""
