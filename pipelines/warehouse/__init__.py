"""The private DuckDB file: staging, DDL from contracts, the writer's lock.

Belongs here: set work over seeds and bronze, and how tables enter the file. Must not: a published table, which has
its room in `pipelines.tables`; graph, text or policy decisions.
"""
