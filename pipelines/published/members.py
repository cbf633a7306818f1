"""Who is in the landscape as of a month, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.errors import UnknownChoiceError
from pipelines.landscape.membership import window_of
from pipelines.published.answer import Answer, Family
from pipelines.published.choices import as_month
from pipelines.seeds.rules import Profile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from pipelines.floor.periods import Window
    from pipelines.published.choices import MonthLike


class Members(Family):
    """Who is in the landscape as of a month, and why."""

    def months(self) -> Answer:
        """Months of which a landscape with members is published."""
        return self._ask("""
            SELECT DISTINCT as_of_month FROM landscape_members WHERE is_member ORDER BY as_of_month
        """)

    def window(self, as_of: MonthLike | None = None, profile: str | None = None) -> Window:
        """Months that a membership rule looks at as of a month; both the file's own by default."""
        return window_of(self._rule(profile), self._landscape.choices.month(as_of))

    def _rule(self, profile: str | None) -> Profile:
        """A membership rule, as the seeds of the file had it."""
        wanted = self._landscape.choices.profile(profile)
        row = self._landscape.catalogue.profiles().frame.row(
            by_predicate=pl.col("profile") == wanted, named=True
        )
        return Profile(
            id=wanted,
            kind=row["kind"],
            comparison=row["comparison"],
            threshold=row["threshold"],
            months=row["months"],
            reason=row["reason"],
        )

    def why(self, project: str, as_of: MonthLike | None = None, profile: str | None = None) -> str:
        """Why a project is a member as of a month, or is none, in one sentence.

        Parameters
        ----------
        project
            Id, name or any repository name.
        as_of, profile
            As-of month and membership rule; the file's own by default.

        Raises
        ------
        UnknownChoiceError
            If one of them is not published, or the rule does not look at the project.

        Examples
        --------
        >>> from pipelines.published import open_landscape
        >>> open_landscape().members.why("pytorch", "2025-04")
        'mean OpenRank 927.06 over 4 of 4 months is above 10'
        """
        choices = self._landscape.choices
        wanted, month, rule = choices.project(project), choices.month(as_of), choices.profile(profile)
        found = self.verdicts((month.first_day,), (rule,)).frame.filter(pl.col("project_id") == wanted)
        if found.is_empty():
            raise UnknownChoiceError(f"{wanted} is watched only: no membership rule looks at it")
        sentence: str = found["reason"].item()
        return sentence

    def cards(self, as_of: date, profile: str, taxonomy_version: str) -> Answer:
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
                ON w.project_id = m.project_id AND w.as_of_month = m.as_of_month
                AND w.window_months = m.window_months_count AND w.scope = 'landscape'
            LEFT JOIN project_status AS s ON s.project_id = m.project_id AND s.as_of = last_day($as_of::DATE)
            WHERE m.as_of_month = $as_of AND m.profile = $profile AND d.domain IS NOT NULL
            ORDER BY m.openrank_mean DESC NULLS LAST, p.name
            """,
            {"as_of": as_of, "profile": profile, "taxonomy": taxonomy_version},
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
                m.is_member, m.reason_code, m.reason, m.as_of_month, m.last_passed_month, m.last_retrieved_month,
                m.asked_repo_full_name, m.answer_detail, c.created_at::DATE AS created_on
            FROM landscape_members AS m JOIN membership_profiles AS p USING (profile)
            JOIN projects AS c USING (project_id)
            WHERE m.project_id = $project AND m.as_of_month = (SELECT as_of_month FROM metadata)
            ORDER BY p.profile = (SELECT membership_profile FROM metadata) DESC, p.profile
            """,
            {"project": project_id},
        )

    def verdicts(self, months: Sequence[MonthLike], profiles: Sequence[str]) -> Answer:
        """Every project's verdict as of some months under some rules."""
        return self._ask(
            """
            SELECT m.*, p.name, p.created_at::DATE AS created_on, r.comparison, r.threshold
            FROM landscape_members AS m JOIN projects AS p USING (project_id)
            JOIN membership_profiles AS r USING (profile)
            WHERE list_contains($months, m.as_of_month) AND list_contains($profiles, m.profile)
            ORDER BY m.as_of_month, m.profile, m.project_id
            """,
            {"months": tuple(as_month(month).first_day for month in months), "profiles": tuple(profiles)},
        )
