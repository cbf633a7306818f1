"""GitHub's own counts of issues and pull requests, by repository and month.

Belongs here: the searches, the order and budget of asking, their bronze files. Must not: what a count is compared
with, nor how GitHub is asked; `pipelines.sources.github` knows.
"""
