"""The pages, one script each: the router runs the one that was asked for.

Belongs here: which queries, charts and controls a page puts together. Must not: being imported; a page is run.
"""
