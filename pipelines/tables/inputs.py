"""SELECTs that several builds declare as inputs.

Belongs here: what two families or more read in the same way. Must not: running them.
"""

from __future__ import annotations

OPENRANK = (
    "SELECT project_id, month, value FROM mart.project_metrics_monthly"
    " WHERE metric_id = 'openrank' AND source = 'opendigger'"
)
"""Monthly OpenRank of every project, of OpenDigger."""

RETRIEVED = "SELECT DISTINCT project_id, month FROM core.project_extents"
"""Months that were retrieved of each project."""

CREATED = "SELECT project_id, created_at FROM mart.projects ORDER BY project_id"
"""When each project's repository was created."""

OPENRANK_ANSWERS = "FROM core.openrank_answers"
"""What OpenDigger answered when it was asked for the OpenRank of a project."""

CANDIDATES = "SELECT project_id, created_at FROM mart.projects WHERE is_candidate ORDER BY project_id"
"""The same of those who may be members."""

AS_OF_RANGE = (
    "SELECT min(month) AS first_month, max(month) AS last_month FROM mart.project_metrics_monthly"
    " SEMI JOIN core.project_extents USING (project_id, month) WHERE metric_id = 'openrank'"
)
"""First and last month that holds a value and was retrieved for some project; NULL if there is none."""

MEMBERS = "FROM mart.landscape_members WHERE profile = (SELECT membership_profile FROM staging.build_facts)"
"""Verdicts of the default profile."""

CURATED_DOMAINS = (
    "SELECT project_id, taxonomy_version, layer, domain, subdomain FROM mart.project_domains"
    " WHERE taxonomy_version = (SELECT taxonomy_version FROM staging.build_facts) AND assignment = 'curated'"
    " ORDER BY project_id"
)
"""Curated domains under the default taxonomy: no rank or sum rests on a prediction."""
