"""Who leads, who rises and who falls."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from pipelines.landscape.denominators import count_known, existing_verdicts
from pipelines.landscape.rankings import (
    WHOLE_LANDSCAPE,
    compute_prior_means,
    rank_members,
)
from pipelines.metrics.panel import compute_window_means
from pipelines.published.answer import Answer, Family
from pipelines.published.choices import as_month

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from pipelines.floor.periods import Month, Window
    from pipelines.published.choices import MonthLike

_COLUMNS = (
    "rank",
    "project_id",
    "name",
    "organization",
    "language",
    "created_at",
    "repo_full_name",
    "layer",
    "domain",
    "subdomain",
    "openrank_mean",
    "openrank_low",
    "openrank_high",
    "basis",
    "known_projects_count",
    "existing_projects_count",
    "months_count",
    "openrank_prior_mean",
    "openrank_yoy_delta",
    "openrank_yoy_ratio",
    "stars_count",
    "stars_basis",
    "stars_observed_on",
    "window_start",
    "window_end",
)
"""Of a ranking, published or computed."""


STARS = """
    SELECT
        $as_of::DATE AS as_of_month, p.project_id,
        if(k.project_id IS NOT NULL, k.stars_count, if(o.is_known, p.stars_count, NULL)) AS stars_count,
        if(k.project_id IS NOT NULL, k.stars_observed_on, if(p.stars_count IS NULL, NULL, p.observed_on))
            AS stars_observed_on,
        coalesce(k.stars_basis, if(p.stars_count IS NULL, 'unknown',
            if(o.is_known, 'observed', 'observed_later_only'))) AS stars_basis
    FROM projects AS p
    CROSS JOIN LATERAL (SELECT p.observed_on <= last_day($as_of::DATE) AS is_known) AS o
    LEFT JOIN project_rankings AS k ON k.project_id = p.project_id AND k.as_of_month = $as_of
"""
"""Stars of every project by the end of a month; see `Rankings.stars`."""


class Rankings(Family):
    """Who leads, who rises and who falls."""

    def months(self) -> Answer:
        """Months as of which projects are ranked."""
        return self._ask("SELECT DISTINCT as_of_month FROM project_rankings ORDER BY as_of_month")

    def windows(self, as_of: date) -> Answer:
        """Lengths of the windows that are published for a month, and whether they are for every month."""
        return self._ask(
            """
            SELECT window_months,
                count(DISTINCT as_of_month) = (SELECT count(DISTINCT as_of_month) FROM project_rankings_by_scope)
                    AS is_of_every_month
            FROM project_rankings_by_scope
            GROUP BY window_months
            HAVING bool_or(as_of_month = $as_of)
            ORDER BY window_months
            """,
            {"as_of": as_of},
        )

    def ranking(
        self,
        as_of: MonthLike | None = None,
        *,
        window_months: int | None = None,
        scope: str = WHOLE_LANDSCAPE,
        profile: str | None = None,
        top: int | None = None,
    ) -> Answer:
        """Members by mean OpenRank, with the change against the same months one year before.

        Parameters
        ----------
        as_of
            As-of month; the file's own by default.
        window_months
            Months of the window, up to `as_of`; January to `as_of` by default.
        scope
            ``landscape``, or as ``domain=Serving`` with a layer, domain or subdomain.
        profile
            Membership rule; the file's own by default.
        top
            Last rank wanted; all by default.

        Returns
        -------
        Answer
            Read where it is published: for members by the default profile, over the published windows. Otherwise
            computed by the function that the published ranking comes from.

        Examples
        --------
        >>> from pipelines.published import open_landscape
        >>> leaders = open_landscape().rankings.ranking("2025-04", top=3).frame
        >>> leaders["name"].to_list()
        ['PyTorch', 'vLLM', 'Dify']
        """
        choices = self._landscape.choices
        month, rule = choices.month(as_of), choices.profile(profile)
        top = None if top is None else choices.top(top)
        window = choices.window(month, window_months)
        kind, value = choices.scope(scope)
        lengths = self.windows(month.first_day).frame["window_months"]
        if rule == self._landscape.defaults.profile and len(window.months) in lengths:
            return self._published(month, len(window.months), kind, value, top)
        found = self._computed(month, window, rule, scope)
        place = pl.col("openrank_mean").rank("min", descending=True)
        return replace(found, frame=found.frame.filter(place <= top)) if top is not None else found

    def _published(self, as_of: Month, window_months: int, scope: str, value: str, top: int | None) -> Answer:
        return self._ask(
            """
            SELECT
                k.rank, k.project_id, p.name, p.organization, p.language, p.created_at, p.repo_full_name,
                d.layer, d.domain, d.subdomain, k.openrank_mean, k.openrank_low, k.openrank_high, k.basis,
                k.known_projects_count, k.existing_projects_count, k.months_count, k.openrank_prior_mean,
                k.openrank_yoy_delta, k.openrank_yoy_ratio, k.stars_count, k.stars_basis, k.stars_observed_on,
                k.window_start, k.window_end
            FROM project_rankings_by_scope AS k
            JOIN projects AS p USING (project_id)
            LEFT JOIN (FROM project_domains WHERE taxonomy_version = (SELECT taxonomy_version FROM metadata)) AS d
                ON d.project_id = k.project_id
            WHERE k.as_of_month = $as_of AND k.window_months = $window
                AND k.scope = $scope AND k.scope_value = $scope_value
            QUALIFY $top IS NULL OR rank() OVER (ORDER BY k.openrank_mean DESC) <= $top
            ORDER BY k.openrank_mean DESC, p.name
            """,
            {
                "as_of": as_of.first_day,
                "window": window_months,
                "scope": scope,
                "scope_value": value,
                "top": top,
            },
        )

    def _computed(self, as_of: Month, window: Window, profile: str, scope: str) -> Answer:
        landscape, windows = self._landscape, {as_of: window}
        verdicts = landscape.members.verdicts((as_of.first_day,), (profile,))
        in_scope = landscape.choices.projects_in(scope)
        panel, created = landscape.series.panel(), landscape.projects.created()
        members = verdicts.frame.filter(pl.col("project_id").is_in(in_scope.implode()))
        ranked = rank_members(
            members,
            compute_window_means(panel, windows),
            compute_prior_means(panel, created, windows),
            self.stars(as_of).frame,
            windows,
            count_known(existing_verdicts(members, created), "as_of_month"),
            landscape.catalogue.limit("rank_known_ratio"),
        )
        domains = landscape.projects.curated_domains().drop("taxonomy_version")
        frame = (
            ranked.join(landscape.projects.facts().frame, on="project_id")
            .join(domains, on="project_id", how="left")
            .sort("openrank_mean", "name", descending=[True, False])
            .select(*_COLUMNS)
        )
        return replace(verdicts, frame=frame, is_computed=True)

    def stars(self, as_of: MonthLike) -> Answer:
        """Stars of every project as far as they were observed by the end of a month, and on which day.

        `stars_basis` is ``observed``, ``observed_later_only`` or ``unknown``; only the first has a count. Of projects
        that are not ranked, the one observation of ``projects`` is looked at.
        """
        month = self._landscape.choices.month(as_of)
        return self._ask(
            f"{STARS} ORDER BY p.project_id",
            {"as_of": month.first_day},
        )

    def movers(self, as_of: MonthLike, window_months: int, scope: str, most: int) -> Answer:
        """Who of a scope rose and fell most against the same months a year before, and how many can be compared."""
        month = self._landscape.choices.month(as_of)
        kind, value = self._landscape.choices.scope(scope)
        return self._ask(
            """
            WITH ranked AS (
                SELECT
                    k.project_id, p.name, k.openrank_mean, k.openrank_yoy_delta, k.openrank_yoy_ratio, k.window_start,
                    k.window_end, count(k.openrank_yoy_delta) OVER () AS compared_count,
                    count(*) OVER () AS ranked_count
                FROM project_rankings_by_scope AS k
                JOIN projects AS p USING (project_id)
                WHERE k.as_of_month = $as_of AND k.window_months = $window
                    AND k.scope = $scope AND k.scope_value = $scope_value
            )
            FROM ranked
            WHERE openrank_yoy_delta <> 0
            QUALIFY row_number() OVER (
                PARTITION BY openrank_yoy_delta > 0 ORDER BY abs(openrank_yoy_delta) DESC, project_id
            ) <= $most
            ORDER BY openrank_yoy_delta DESC, project_id
            """,
            {
                "as_of": month.first_day,
                "window": window_months,
                "scope": kind,
                "scope_value": value,
                "most": most,
            },
        )

    def monthly(self, project_ids: Sequence[str], scope: str, first: MonthLike, last: MonthLike) -> Answer:
        """Rank of some projects within a scope, month by month."""
        kind, value = self._landscape.choices.scope(scope)
        return self._ask(
            """
            SELECT r.project_id, p.name, r.month, r.rank, r.openrank, r.basis, r.known_projects_count,
                r.existing_projects_count
            FROM project_ranks_monthly AS r JOIN projects AS p USING (project_id)
            WHERE r.scope = $scope AND r.scope_value = $scope_value
                AND r.project_id IN (SELECT unnest($projects::VARCHAR[])) AND r.month BETWEEN $first AND $last
            ORDER BY r.project_id, r.month
            """,
            {
                "projects": tuple(project_ids),
                "scope": kind,
                "scope_value": value,
                "first": as_month(first).first_day,
                "last": as_month(last).first_day,
            },
        )

    def history(self, project_id: str) -> Answer:
        """Rank in the whole landscape and in the domain, month by month."""
        return self._ask(
            """
            SELECT scope, scope_value, month, rank, openrank, basis, known_projects_count, existing_projects_count
            FROM project_ranks_monthly
            WHERE project_id = $project AND scope IN ('landscape', 'domain')
            ORDER BY scope DESC, month
            """,
            {"project": project_id},
        )

    def leaders(self, top: int) -> Answer:
        """The first of the ranking as of the file's month, with their domain; none where nothing is ranked."""
        return self._ask(
            """
            SELECT k.rank, k.project_id, p.name, k.openrank_mean, k.openrank_yoy_delta, d.domain
            FROM project_rankings AS k
            JOIN metadata AS m ON k.as_of_month = m.as_of_month
            JOIN projects AS p USING (project_id)
            LEFT JOIN project_domains AS d
                ON d.project_id = k.project_id AND d.taxonomy_version = m.taxonomy_version
            ORDER BY k.openrank_mean DESC, k.project_id LIMIT $top
            """,
            {"top": top},
        )
