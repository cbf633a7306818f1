"""Who is in the landscape as of a month, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.published.answer import Answer, Family

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


class Members(Family):
    """Who is in the landscape as of a month, and why."""

    def months(self) -> Answer:
        """Months of which a landscape with members is published."""
        return self._ask("""
            SELECT DISTINCT as_of_month FROM landscape_members WHERE is_member ORDER BY as_of_month
        """)

    def cards(self, as_of: date, profile: str, window_months: int, taxonomy_version: str) -> Answer:
        """Every labelled project with its verdict, mean, change and status as of a month.

        The mean is that of the profile's window, and so is the change. A change is published for members of the default
        profile and for windows that are ranked; `is_ranked` says whether it is.
        """
        return self._ask(
            """
            SELECT
                p.project_id, p.name, p.organization, p.repo_full_name, p.description, p.language, p.license_spdx,
                year(p.created_at) AS created_year,
                d.layer, d.domain, d.subdomain, d.assignment,
                m.is_member, m.openrank_mean, m.months_count, m.window_months_count, m.reason_code, m.reason,
                w.openrank_yoy_delta, w.openrank_yoy_ratio, w.project_id IS NOT NULL AS is_ranked,
                coalesce(k.stars_count, if(p.observed_on <= last_day($as_of::DATE), p.stars_count, NULL))
                    AS stars_count,
                coalesce(s.status, 'unknown') AS status, s.reasons[1] AS status_reason
            FROM landscape_members AS m
            JOIN projects AS p USING (project_id)
            JOIN project_domains AS d ON d.project_id = m.project_id AND d.taxonomy_version = $taxonomy
            LEFT JOIN project_rankings AS k ON k.project_id = m.project_id AND k.as_of_month = m.as_of_month
            LEFT JOIN project_rankings_by_scope AS w
                ON w.project_id = m.project_id AND w.as_of_month = m.as_of_month AND w.window_months = $window
                AND w.scope = 'landscape'
            LEFT JOIN project_status AS s ON s.project_id = m.project_id AND s.as_of = last_day($as_of::DATE)
            WHERE m.as_of_month = $as_of AND m.profile = $profile AND d.domain IS NOT NULL
            ORDER BY m.openrank_mean DESC NULLS LAST, p.name
            """,
            {"as_of": as_of, "profile": profile, "window": window_months, "taxonomy": taxonomy_version},
        )

    def facets(self, taxonomy_version: str) -> Answer:
        """Languages, licences and years of creation of the labelled projects; NULL where one is unknown."""
        return self._ask(
            """
            SELECT DISTINCT p.language, p.license_spdx, year(p.created_at) AS created_year
            FROM projects AS p JOIN project_domains AS d USING (project_id)
            WHERE d.taxonomy_version = $taxonomy AND d.domain IS NOT NULL ORDER BY ALL
            """,
            {"taxonomy": taxonomy_version},
        )

    def other_verdicts(self, as_of: date, profile: str) -> Answer:
        """Whether each project is a member as of another month, and why; NULL where that is unknown."""
        return self._ask(
            """
            SELECT project_id, is_member AS is_other_member, reason_code AS other_reason_code
            FROM landscape_members WHERE as_of_month = $as_of AND profile = $profile
            """,
            {"as_of": as_of, "profile": profile},
        )

    def of_project(self, project_id: str) -> Answer:
        """The verdict of each rule on a project, as of the file's month."""
        return self._ask(
            """
            SELECT p.*, m.openrank_mean, m.months_count, m.window_months_count, m.retrieved_months_count,
                m.is_member, m.reason_code, m.reason
            FROM landscape_members AS m JOIN membership_profiles AS p USING (profile)
            WHERE m.project_id = $project AND m.as_of_month = (SELECT as_of_month FROM metadata)
            ORDER BY p.profile = (SELECT membership_profile FROM metadata) DESC, p.profile
            """,
            {"project": project_id},
        )

    def verdicts(self, months: Sequence[date], profiles: Sequence[str]) -> Answer:
        """Every project's verdict as of some months under some rules."""
        return self._ask(
            """
            SELECT m.*, p.name FROM landscape_members AS m JOIN projects AS p USING (project_id)
            WHERE list_contains($months, m.as_of_month) AND list_contains($profiles, m.profile)
            ORDER BY m.as_of_month, m.profile, m.project_id
            """,
            {"months": tuple(months), "profiles": tuple(profiles)},
        )
