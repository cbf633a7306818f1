"""Who lives, who declines and who ended, and how long groups live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.published.answer import Answer, Family

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


class Statuses(Family):
    """Who lives, who declines and who ended, and how long groups live."""

    def days(self) -> Answer:
        """Days on which every project was assessed, the newest first."""
        return self._ask("SELECT DISTINCT as_of FROM project_status ORDER BY as_of DESC")

    def policies(self) -> Answer:
        """The policies of the graveyard."""
        return self._ask("FROM graveyard_policies ORDER BY position")

    def newest(self, project_id: str) -> Answer:
        """The last assessment of a project by the file's as-of day, or the first one after it."""
        return self._ask(
            """
            SELECT s.* FROM project_status AS s CROSS JOIN metadata AS m
            WHERE s.project_id = $project
            ORDER BY s.as_of <= m.as_of DESC, abs(s.as_of - m.as_of) LIMIT 1
            """,
            {"project": project_id},
        )

    def assessments(self, as_of: date) -> Answer:
        """Every project's status on a day with what the rule of sudden attention looks at, as far as known by that day.

        Stars and the last push are NULL where they were only observed later, or too long before to say anything.
        """
        return self._ask(
            """
            WITH limits AS (
                SELECT value AS fresh_days FROM thresholds WHERE threshold_id = 'observation_fresh_days'
            )
            SELECT
                s.*, p.name, p.repo_full_name, p.created_at::DATE AS created_on,
                if(p.observed_on <= s.as_of, p.stars_count, NULL) AS stars_count,
                if(p.observed_on BETWEEN s.as_of - l.fresh_days::INT AND s.as_of, p.pushed_at::DATE, NULL) AS pushed_on,
                p.observed_on
            FROM project_status AS s
            JOIN projects AS p USING (project_id)
            CROSS JOIN limits AS l
            WHERE s.as_of = $as_of
            ORDER BY s.ended_on DESC NULLS LAST, s.openrank_drawdown_ratio DESC NULLS LAST, p.name
            """,
            {"as_of": as_of},
        )

    def survival_groups(self) -> Answer:
        """Groups with a survival curve."""
        return self._ask("""
            SELECT grouping, group_value, max(projects_count) AS projects_count
            FROM survival_curves GROUP BY ALL ORDER BY grouping, group_value
        """)

    def survival(self, groups: Sequence[str]) -> Answer:
        """Survival curves of some groups, each named as grouping:value."""
        return self._ask(
            """
            FROM survival_curves
            WHERE list_contains($groups, grouping || ':' || group_value)
            ORDER BY grouping, group_value, age_months
            """,
            {"groups": tuple(groups)},
        )
