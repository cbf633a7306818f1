"""A few projects side by side, and what reports printed about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.published.answer import Answer, Family

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


class Comparisons(Family):
    """A few projects side by side, and what reports printed about them."""

    def projects(self, project_ids: Sequence[str], as_of: date) -> Answer:
        """Identity, standing and status of some projects as of a month, side by side."""
        return self._ask(
            """
            SELECT
                p.project_id, p.name, p.organization, p.repo_full_name, p.description, p.language, p.license_spdx,
                p.created_at, d.layer, d.domain, d.subdomain,
                m.openrank_mean, m.months_count, m.window_months_count, m.is_member, m.reason_code, m.reason,
                k.window_start, k.window_end, k.openrank_prior_mean, k.openrank_yoy_delta, k.openrank_yoy_ratio,
                k.rank, g.rank AS domain_rank, g.ranked_count AS domain_ranked_count, k.ranked_count,
                k.stars_count, k.stars_observed_on, k.stars_basis,
                s.status, s.reasons AS status_reasons, s.reason_messages AS status_messages
            FROM projects AS p
            LEFT JOIN project_domains AS d
                ON d.project_id = p.project_id AND d.taxonomy_version = (SELECT taxonomy_version FROM metadata)
            LEFT JOIN landscape_members AS m
                ON m.project_id = p.project_id AND m.as_of_month = $as_of
                AND m.profile = (SELECT membership_profile FROM metadata)
            LEFT JOIN (
                SELECT *, count(*) OVER () AS ranked_count FROM project_rankings WHERE as_of_month = $as_of
            ) AS k ON k.project_id = p.project_id
            LEFT JOIN (
                SELECT project_id, scope_value, rank, count(*) OVER (PARTITION BY scope_value) AS ranked_count
                FROM project_rankings_by_scope
                WHERE as_of_month = $as_of AND scope = 'domain' AND window_months = month($as_of::DATE)
            ) AS g ON g.project_id = p.project_id AND g.scope_value = d.domain
            LEFT JOIN project_status AS s ON s.project_id = p.project_id AND s.as_of = last_day($as_of::DATE)
            WHERE list_contains($projects, p.project_id)
            ORDER BY list_position($projects, p.project_id)
            """,
            {"projects": tuple(project_ids), "as_of": as_of},
        )

    def figures(self, project_ids: Sequence[str]) -> Answer:
        """What reports printed about some projects, beside what the tables give."""
        return self._ask(
            """
            SELECT f.*, p.name FROM published_figures AS f JOIN projects AS p USING (project_id)
            WHERE list_contains($projects, f.project_id)
            ORDER BY list_position($projects, f.project_id), f.figure_id
            """,
            {"projects": tuple(project_ids)},
        )

    def figures_told(self) -> Answer:
        """Every published figure of the story, with the name of its project, in the order of its section."""
        return self._ask("""
            SELECT f.*, p.name FROM published_figures AS f LEFT JOIN projects AS p USING (project_id)
            WHERE f.section IS NOT NULL ORDER BY f.section, abs(f.number) DESC NULLS LAST, f.figure_id
        """)
