"""The collaboration network: its projects, communities, domains and size.

Belongs here: contracts, rules, metric definitions and builds of these tables.
Must not: reading events: the edges hold what counts.
"""
