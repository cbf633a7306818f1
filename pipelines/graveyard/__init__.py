"""Signals and policies that say whether a project lives, and why.

Belongs here: pure assessments with reasons. Must not: a verdict from a missing observation.
"""
