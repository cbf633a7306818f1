"""From text and neighbours to a domain, with confidence and reasons.

Belongs here: pure functions and the model. Must not: a rule that names a repository; that is a curated label.
"""
