"""The days on which a repository got its stars, back to its creation, as GitHub tells them.

Belongs here: pages of weeks, the order and budget of asking, their bronze files. Must not: what stars are compared
with, nor how GitHub is asked; `pipelines.sources.github` knows.
"""
