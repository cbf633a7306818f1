"""People's work across repositories: collaboration edges, exploration, OpenRank, communities.

Belongs here: pure functions over Polars frames, sparse matrices and NetworkX graphs. Must not: SQL, sockets,
Dagster.
"""
