"""The technical domain of each project, and the taxonomies.

Belongs here: contracts, rules, metric definitions and builds of these tables.
Must not: training or asking the classifier, which is pure.
"""
