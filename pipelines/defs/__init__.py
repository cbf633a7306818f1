"""Dagster nouns only: assets by stage, checks, jobs, resources.

Belongs here: five to fifteen lines an asset that call the same functions as the command line. Must not: work
of its own.
"""
