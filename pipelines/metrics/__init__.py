"""What is measured: one registry, with unit, window, formula and source of every metric.

Belongs here: definitions and pure computations of metrics. Must not: where a value is stored or fetched.
"""
