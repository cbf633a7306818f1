"""Reference tables: observed repositories and published edges, committed with the sample.

Belongs here: the columns of these files and their rows in bronze. Must not: which observation counts for a
month, nor figures of our own.
"""
