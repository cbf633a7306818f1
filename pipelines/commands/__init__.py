"""The command line by families: one file each, registered in ``pipelines.cli``.

Belongs here: options, the clock, and words for the person. Must not: work that Dagster would need as well.
"""
