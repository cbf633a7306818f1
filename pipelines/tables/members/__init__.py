"""Who is in the landscape as of each month, why, and what changed since the month before.

Belongs here: contracts, rules, metric definitions and builds of these tables.
Must not: a rank.
"""
