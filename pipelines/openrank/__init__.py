"""OpenRank of everyone, month by month: from events to the private files that the published tables read.

Belongs here: which months are computed anew and in which order, and what opens a value again.
Must not: the equations, which are pure (`pipelines.graph.openrank`), or SQL.
"""
