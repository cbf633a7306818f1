"""Upstream answers as compact fact rows in Parquet, with a manifest and a quarantine.

Belongs here: parsing, de-duplication, partition files. Must not: projects, domains or any judgement; bronze
holds facts about all repositories alike.
"""
