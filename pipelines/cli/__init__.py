"""The command line by families: one file each, registered in ``pipelines.cli.app``.

Belongs here: options, help that teaches, the clock, and words for the person. Must not: a rule, a formula, or
work that Dagster would need as well.
"""
