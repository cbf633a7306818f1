"""Whether each project lives, and how long projects live.

Belongs here: contracts, rules, metric definitions and builds of these tables.
Must not: the policies, which are pure or in the seeds.
"""
