"""Detectors: where in a medium there is something to read, one file each; numpy, streamed.

A detector of spans gives `Config`, `spans(config, blocks)` for a stream of sound, and `Listener(config)` for those who
hear it block by block while they do something else with it.
"""
