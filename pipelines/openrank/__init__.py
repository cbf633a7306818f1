"""OpenRank of everyone, month by month: from events to the private files that the published tables read.

Belongs here: which months to recompute, in which order, and the parts of a value.
Must not: the equations, which are pure (`pipelines.graph.openrank`), or SQL.
"""
