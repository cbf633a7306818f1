"""How complete a source is, and what OpenRank would be if it were whole.

Belongs here: capture with its interval, the nowcast of OpenRank from GitHub's own counts, and how well it works;
pure functions over Polars frames with seeds as arguments. Must not: SQL, sockets, a clock, or a coefficient.
"""
