"""Repositories found by following people from the field's seeds.

Belongs here: contracts, rules, metric definitions and builds of these tables.
Must not: a decision about membership.
"""
