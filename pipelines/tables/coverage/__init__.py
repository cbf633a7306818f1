"""What was observed of each source against what was expected, and what each refresh retrieved.

Belongs here: contracts, rules, metric definitions and builds of these tables.
Must not: a value of a project.
"""
