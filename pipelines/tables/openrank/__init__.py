"""OpenRank by repository: retrieved and computed values, their parts, and how both compare.

Belongs here: contracts, rules, metric definitions and builds of these tables.
Must not: the computation, which is pure.
"""
