"""Engines: who tells the lots of a long job (`runtime.jobs`). To add one, copy `here.py`; `affectkit list engines`.

An engine gives `run(lots, job, workers, address)`: what is said of each item with its place in the input, in any order.
Lots are told whole, by `job.teller`; what comes out never depends on the engine or on how many workers it has.
"""
