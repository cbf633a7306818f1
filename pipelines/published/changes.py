"""What differs: between two landscapes of one publication, and between two publications."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.landscape.changes import Vantage, compute_changes
from pipelines.published.answer import Answer, Family

if TYPE_CHECKING:
    from datetime import date

    from pipelines.published.choices import MonthLike


class Changes(Family):
    """What differs between two landscapes."""

    def between(
        self,
        before: MonthLike,
        after: MonthLike | None = None,
        *,
        profile: str | None = None,
        profile_before: str | None = None,
        taxonomy: str | None = None,
        taxonomy_before: str | None = None,
    ) -> Answer:
        """Who is new, dropped, moved or kept, or became known or unknown, each with its cause.

        Parameters
        ----------
        before, after
            As-of months; `after` is the file's own by default.
        profile, taxonomy
            Membership rule and version of the taxonomy after; the file's own by default.
        profile_before, taxonomy_before
            The same before; those of after by default.

        Returns
        -------
        Answer
            Rows of ``landscape_changes`` with ``name``, by kind and project. Read where they are published, that is
            for consecutive months under the defaults; otherwise computed by the function that made those.

        Examples
        --------
        >>> from pipelines.published import open_landscape
        >>> changes = open_landscape().changes.between("2025-03", "2025-04").frame
        >>> sorted(set(changes["kind"]))
        ['kept', 'new']
        """
        choices = self._landscape.choices
        rule, version = choices.profile(profile), choices.taxonomy(taxonomy)
        later = Vantage(choices.month(after), rule, version)
        earlier = Vantage(
            choices.month(before),
            choices.profile(profile_before or rule),
            choices.taxonomy(taxonomy_before or version),
        )
        published = self._published(earlier, later)
        return self._computed(earlier, later) if published.frame.is_empty() else published

    def _published(self, before: Vantage, after: Vantage) -> Answer:
        return self._ask(
            """
            SELECT c.*, p.name FROM landscape_changes AS c JOIN projects AS p USING (project_id)
            WHERE c.as_of_month_before = $before AND c.as_of_month_after = $after
                AND c.profile_before = $profile_before AND c.profile_after = $profile
                AND c.taxonomy_version_before = $taxonomy_before AND c.taxonomy_version_after = $taxonomy
            ORDER BY c.kind, c.project_id
            """,
            {
                "before": before.as_of.first_day,
                "after": after.as_of.first_day,
                "profile_before": before.profile_id,
                "profile": after.profile_id,
                "taxonomy_before": before.taxonomy_version,
                "taxonomy": after.taxonomy_version,
            },
        )

    def _computed(self, before: Vantage, after: Vantage) -> Answer:
        landscape = self._landscape
        versions = sorted({before.taxonomy_version, after.taxonomy_version})
        verdicts = landscape.members.verdicts(
            tuple(sorted({before.as_of.first_day, after.as_of.first_day})),
            tuple(sorted({before.profile_id, after.profile_id})),
        )
        names = self._ask("""
            SELECT r.project_id, r.repo_full_name, r.first_seen_at::DATE AS first_seen_on
            FROM project_repos AS r JOIN projects AS p USING (project_id)
            WHERE r.repo_id = p.repo_id ORDER BY ALL
        """).frame
        changes = compute_changes(
            verdicts.frame,
            pl.concat(landscape.projects.curated_domains(version) for version in versions),
            names,
            [(before, after)],
        )
        known = verdicts.frame.select("project_id", "name").unique()
        frame = changes.join(known, on="project_id", how="left", maintain_order="left")
        return replace(verdicts, frame=frame, is_computed=True)

    def publication(self, as_of: date, profile: str) -> Answer:
        """What this publication says of every project as of a month: verdict, mean, status."""
        return self._ask(
            """
            SELECT p.project_id, p.name, p.created_at::DATE AS created_on, s.status, r.comparison, r.threshold,
                m.* EXCLUDE (project_id)
            FROM projects AS p
            LEFT JOIN landscape_members AS m
                ON m.project_id = p.project_id AND m.as_of_month = $as_of AND m.profile = $profile
            LEFT JOIN membership_profiles AS r ON r.profile = m.profile
            LEFT JOIN project_status AS s ON s.project_id = p.project_id AND s.as_of = last_day($as_of::DATE)
            ORDER BY p.project_id
            """,
            {"as_of": as_of, "profile": profile},
        )
