"""The projects of the field: repositories, names, dated events.

Belongs here: contracts, rules, metric definitions and builds of these tables.
Must not: a monthly value.
"""
