"""The tables of the build file, a room for each family: contracts, rules, metric definitions and builds.

A table is declared once, with its inputs: order, lineage and Dagster's edges follow. A build gets the frames that it
declares and nothing else; the runner alone holds the connection.

Belongs here: what a table is and what it is built from. Must not: a formula or a policy, which are pure.
"""
