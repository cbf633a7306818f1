"""Figures as reports printed them, held against the published tables.

Belongs here: contracts, rules, metric definitions and builds of these tables.
Must not: a figure: those are in the seeds.
"""
