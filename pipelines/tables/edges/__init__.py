"""Who shares people with whom: projects, repositories, and the people of each pair.

Belongs here: contracts, rules, metric definitions and builds of these tables.
Must not: measures of the whole network.
"""
