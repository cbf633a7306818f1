"""OpenRank of domains, subdomains and technology areas over time.

Belongs here: contracts, rules, metric definitions and builds of these tables.
Must not: a value of a single project.
"""
