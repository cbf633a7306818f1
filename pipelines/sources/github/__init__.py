"""GitHub's API: a repository's present state, by name or by number.

Belongs here: both ways of asking (GraphQL with a token, REST without), the limits on asking, and the rows in bronze.
Must not: which observation counts for a month. The token signs requests here and goes nowhere else.
"""
