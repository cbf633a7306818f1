"""SELECTs that several builds declare as inputs.

Belongs here: what two families or more read in the same way. Must not: running them.
"""

from __future__ import annotations

OPENRANK = (
    "SELECT project_id, month, openrank AS value, openrank_low AS low, openrank_high AS high"
    " FROM mart.project_openrank_monthly WHERE openrank IS NOT NULL"
)
"""Monthly OpenRank of every project that may be used, with its interval."""

RETRIEVED = "FROM core.known_months"
"""Months of each project of which it is known whether it has a value."""

CREATED = "SELECT project_id, created_at FROM mart.projects ORDER BY project_id"
"""When each project's repository was created."""

OPENRANK_ANSWERS = "FROM core.openrank_answers"
"""What OpenDigger answered when it was asked for the OpenRank of a project."""

CANDIDATES = "SELECT project_id, created_at FROM mart.projects WHERE is_candidate ORDER BY project_id"
"""The same of those who may be members."""

AS_OF_RANGE = (
    "SELECT min(month) AS first_month, max(month) AS last_month FROM mart.project_openrank_monthly"
    " SEMI JOIN core.known_months USING (project_id, month) WHERE openrank IS NOT NULL"
)
"""First and last month that holds a value that may be used; NULL if there is none."""

MEMBERS = "FROM mart.landscape_members WHERE profile = (SELECT membership_profile FROM staging.build_facts)"
"""Verdicts of the default profile."""

CURATED_DOMAINS = (
    "SELECT project_id, taxonomy_version, layer, domain, subdomain FROM mart.project_domains"
    " WHERE taxonomy_version = (SELECT taxonomy_version FROM staging.build_facts) AND assignment = 'curated'"
    " ORDER BY project_id"
)
"""Curated domains under the default taxonomy: no rank or sum rests on a prediction."""
