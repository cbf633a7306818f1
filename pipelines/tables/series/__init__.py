"""Monthly values of the projects, and the months that were retrieved.

Belongs here: contracts, rules, metric definitions and builds of these tables.
Must not: a mean, a rank or a verdict.
"""
