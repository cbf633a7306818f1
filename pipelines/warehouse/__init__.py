"""The private DuckDB file: contracts, connection, partition loads, SQL.

Belongs here: set work (staging, roll-ups, joins) and the one definition of each published table. Must not:
graph, text or policy decisions; those are pure functions elsewhere.
"""
