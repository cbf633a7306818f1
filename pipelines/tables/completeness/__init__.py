"""How complete each source is, and the OpenRank that may be believed.

Belongs here: contracts, rules, metric definitions and builds of these tables.
Must not: a rank, a member or a verdict.
"""
