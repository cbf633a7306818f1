"""Membership, rankings, growth and the difference of two landscapes.

Belongs here: pure functions over Polars frames, with the as-of month as an argument. Must not: a clock, SQL,
or a number without its reason.
"""
