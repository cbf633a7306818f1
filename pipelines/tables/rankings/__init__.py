"""Ranks of the projects by window, scope and month.

Belongs here: contracts, rules, metric definitions and builds of these tables.
Must not: who may be ranked: the members decide that.
"""
