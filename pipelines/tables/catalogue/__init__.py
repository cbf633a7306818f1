"""What the file is and where its rows come from: sources, metrics, thresholds, metadata.

Belongs here: contracts, rules, metric definitions and builds of these tables.
Must not: a definition of a metric, which lies in the room of its table.
"""
