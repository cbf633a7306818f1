"""What changed between two landscapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.published.answer import Answer, Family

if TYPE_CHECKING:
    from datetime import date


class Changes(Family):
    """What changed between two landscapes."""

    def published(self, before: date, after: date, profile: str) -> Answer:
        """Changes between two as-of months under one rule, where they are published."""
        return self._ask(
            """
            SELECT c.*, p.name FROM landscape_changes AS c JOIN projects AS p USING (project_id)
            WHERE c.as_of_month_before = $before AND c.as_of_month_after = $after
                AND c.profile_before = $profile AND c.profile_after = $profile
            """,
            {"before": before, "after": after, "profile": profile},
        )

    def domains(self) -> Answer:
        """The box of every project under every taxonomy."""
        return self._ask("FROM project_domains ORDER BY project_id, taxonomy_version")

    def main_names(self) -> Answer:
        """Names of the main repositories with the day each was first seen."""
        return self._ask("""
            SELECT r.project_id, r.repo_full_name, r.first_seen_at::DATE AS first_seen_on
            FROM project_repos AS r JOIN projects AS p USING (project_id)
            WHERE r.repo_id = p.repo_id ORDER BY ALL
        """)

    def publication(self, as_of: date, profile: str) -> Answer:
        """What a publication says of every project as of a month: verdict, mean, status."""
        return self._ask(
            """
            SELECT p.project_id, p.name, m.is_member, m.openrank_mean, m.reason, s.status
            FROM projects AS p
            LEFT JOIN landscape_members AS m
                ON m.project_id = p.project_id AND m.as_of_month = $as_of AND m.profile = $profile
            LEFT JOIN project_status AS s ON s.project_id = p.project_id AND s.as_of = last_day($as_of::DATE)
            ORDER BY p.project_id
            """,
            {"as_of": as_of, "profile": profile},
        )
