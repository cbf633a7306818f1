"""Reference tables: observed repositories, published edges, and series of later years, committed with the sample.

Belongs here: the columns of these files and their rows in bronze. Must not: which observation counts for a
month, nor figures of our own.
"""
