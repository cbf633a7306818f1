"""Monthly and annual series of projects, domains and technology areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.metrics.panel import panel_of
from pipelines.published.answer import Answer, Family
from pipelines.published.choices import as_month

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.floor.periods import Window
    from pipelines.metrics.panel import OpenrankPanel

_LOST = """
    SELECT project_id, month, metric_id FROM project_metrics_monthly
    WHERE source = 'opendigger' AND metric_id <> 'openrank'
        AND month >= (SELECT first_month FROM stream_eras WHERE state = 'broken')
    UNION ALL
    SELECT project_id, month, 'openrank' FROM project_openrank_monthly WHERE basis <> 'published' OR openrank IS NULL
"""
"""Months of which the source's value may not be used, since the event stream behind it lost most of its events."""

_ONE_SOURCE = f"""
    -- Sources of a metric count in ways of their own: a series shows OpenDigger's where it has one, else what there is.
    -- A value that may not be used is unknown: a line through it would draw the loss of the event stream.
    FROM project_metrics_monthly
    ANTI JOIN (SELECT *, 'opendigger' AS source FROM ({_LOST})) USING (project_id, month, metric_id, source)
    QUALIFY (source = 'opendigger' OR NOT bool_or(source = 'opendigger') OVER (PARTITION BY project_id, metric_id))
        AND row_number() OVER (PARTITION BY project_id, metric_id, month ORDER BY is_partial, source) = 1
"""

_CHOSEN = f"""
    WITH lost AS ({_LOST}),
    usable AS ({_ONE_SOURCE})
    SELECT u.project_id, u.metric_id, u.month, u.value, u.value AS low, u.value AS high, 'published' AS basis,
        NULL AS unknown_because, u.value AS published, u.source, u.vintage, u.coverage_ratio, u.is_partial
    FROM usable AS u
    UNION ALL
    SELECT l.project_id, l.metric_id, l.month, o.openrank, o.openrank_low, o.openrank_high,
        if(o.openrank IS NULL, 'unknown', o.basis),
        CASE WHEN o.openrank IS NULL THEN if(o.basis <> 'unknown', 'other_vintage', 'lost') END,
        coalesce(o.published, m.value),
        if(o.openrank IS NULL, if(coalesce(o.published, m.value) IS NULL, NULL, 'opendigger'), 'computed'),
        if(o.openrank IS NULL, coalesce(o.vintage, m.vintage), o.nowcast_vintage), m.coverage_ratio, false
    FROM lost AS l
    LEFT JOIN project_openrank_monthly AS o
        ON l.metric_id = 'openrank' AND o.project_id = l.project_id AND o.month = l.month
    LEFT JOIN project_metrics_monthly AS m
        ON m.source = 'opendigger' AND m.metric_id = l.metric_id
            AND m.project_id = l.project_id AND m.month = l.month
"""
"""The one place that says which monthly value of a project may be used, what it rests on, and what the source says."""

_COMPARABLE = "(SELECT value FROM thresholds WHERE threshold_id = 'comparable_coverage_ratio')"
"""The part of what a sum should cover from which on it may be compared with others."""


class Series(Family):
    """Monthly and annual series of projects, domains and technology areas."""

    def of_metric(self, project_ids: str | Sequence[str], metric_id: str) -> Answer:
        """A metric of some projects, month by month, with what each value rests on.

        Returns
        -------
        Answer
            A row for each month that has a value, and for each that lost it. ``value`` may be used, from ``low`` to
            ``high``; ``basis`` is ``published``, ``nowcast``, or ``unknown`` where ``value`` is NULL, and then
            ``unknown_because`` tells ``lost`` events from a value of ``other_vintage`` than the landscape. ``source``
            and ``vintage`` are of the value, else of ``published``, which is what the source says, whatever that is
            worth. A month without a row was not retrieved or had no activity; `extents` tells which.

        Raises
        ------
        UnknownChoiceError
            If there is no such project or metric.

        Examples
        --------
        >>> from pipelines.published import open_landscape
        >>> values = open_landscape().series.of_metric(["vllm"], "openrank").frame
        >>> values.filter(basis="published").select("month", "value").row(-1)
        (datetime.date(2025, 8, 1), 680.44)
        """
        return self._ask(
            f"""
            SELECT c.project_id AS series, p.name, c.* EXCLUDE (project_id, metric_id)
            FROM ({_CHOSEN}) AS c JOIN projects AS p USING (project_id)
            WHERE c.metric_id = $metric AND c.project_id IN (SELECT unnest($projects::VARCHAR[]))
            ORDER BY c.project_id, c.month
            """,
            {
                "projects": self._landscape.choices.projects(project_ids),
                "metric": self._landscape.choices.metric(metric_id),
            },
        )

    def github_counts(self, project_id: str) -> Answer:
        """What GitHub itself counts of a project, month by month; a month that nobody asked GitHub about has no row."""
        return self._ask(
            """
            SELECT metric_id AS series, month, value, value AS low, value AS high, 'published' AS basis, is_partial
            FROM project_metrics_monthly
            WHERE source = 'github-counts' AND project_id = $project
            ORDER BY series, month
            """,
            {"project": self._landscape.choices.project(project_id)},
        )

    def metrics_of(self, project_id: str) -> Answer:
        """Metrics of which a project has a value."""
        return self._ask(
            """
            SELECT c.metric_id, c.name, c.name_zh, c.unit
            FROM metric_catalog AS c
            SEMI JOIN (FROM project_metrics_monthly WHERE project_id = $project) AS m ON m.metric_id = c.metric_id
            ORDER BY c.metric_id = 'openrank' DESC, c.metric_id
            """,
            {"project": project_id},
        )

    def values(self, project_ids: Sequence[str]) -> Answer:
        """Every metric of some projects, month by month; a month without a value that may be used has no row."""
        return self._ask(
            f"""
            SELECT project_id, metric_id, month, value, low, high, basis FROM ({_CHOSEN})
            WHERE value IS NOT NULL AND list_contains($projects, project_id) ORDER BY ALL
            """,
            {"projects": tuple(project_ids)},
        )

    def all_openrank(self) -> pl.DataFrame:
        """``project_id, month, value, low, high`` of every project, as the pure stages take them."""
        return self._ask("""
            SELECT project_id, month, openrank AS value, openrank_low AS low, openrank_high AS high
            FROM project_openrank_monthly WHERE openrank IS NOT NULL ORDER BY ALL
        """).frame

    def panel(self) -> OpenrankPanel:
        """Monthly OpenRank of every project, with the months of which it is known whether they have a value."""
        broken = self._ask("SELECT first_month FROM stream_eras WHERE state = 'broken'").frame
        broken_from = None if broken.is_empty() else as_month(broken.item())
        retrieved = self._ask("""
            SELECT DISTINCT r.project_id, unnest(
                generate_series(e.extent_from::TIMESTAMP, e.extent_through::TIMESTAMP, INTERVAL 1 MONTH)
            )::DATE AS month
            FROM repo_series_extents AS e
            JOIN project_repos AS r ON lower(r.repo_full_name) = lower(e.repo_full_name)
            SEMI JOIN project_metrics_monthly AS m ON m.metric_id = 'openrank' AND m.vintage = e.vintage
        """).frame
        if broken_from is not None:
            retrieved = retrieved.filter(pl.col("month") < broken_from.first_day)
        return panel_of(
            self._landscape.projects.created()["project_id"], self.all_openrank(), retrieved, broken_from
        )

    def means(self, metric_id: str, window: Window) -> Answer:
        """Mean of a metric per month of a window, of the months with a value, and how many have one."""
        return self._ask(
            f"""
            SELECT project_id, avg(value) AS value_mean, count(*) AS months_count FROM ({_CHOSEN})
            WHERE metric_id = $metric AND value IS NOT NULL AND month BETWEEN $first AND $last
            GROUP BY project_id ORDER BY project_id
            """,
            {"metric": metric_id, "first": window.start.first_day, "last": window.end.first_day},
        )

    def extents(self, project_ids: Sequence[str]) -> Answer:
        """Unbroken runs of months that were retrieved for some projects, in the vintage that their values are of."""
        return self._ask(
            """
            SELECT DISTINCT n.project_id AS series, e.extent_from, e.extent_through
            FROM project_repos AS n
            JOIN repo_series_extents AS e ON lower(e.repo_full_name) = lower(n.repo_full_name)
            WHERE list_contains($projects, n.project_id)
                AND e.vintage = (
                    SELECT max(vintage) FROM project_metrics_monthly
                    WHERE metric_id = 'openrank' AND project_id IN (SELECT unnest($projects::VARCHAR[]))
                )
            ORDER BY ALL
            """,
            {"projects": tuple(project_ids)},
        )

    def creation_months(self, project_ids: Sequence[str]) -> Answer:
        """Month of creation of some projects; NULL where it is unknown."""
        return self._ask(
            """
            SELECT project_id AS series, date_trunc('month', created_at)::DATE AS created_month
            FROM projects WHERE list_contains($projects, project_id) ORDER BY project_id
            """,
            {"projects": tuple(project_ids)},
        )

    def of_scopes(self, scopes: Sequence[str]) -> Answer:
        """Summed OpenRank of some layers, domains or subdomains, each as ``scope:name``, month by month.

        `is_comparable` is whether enough of the projects that existed are known to compare the month with others.
        """
        return self._ask(
            f"""
            SELECT scope || ':' || scope_value AS series, month, openrank_sum AS value,
                openrank_low AS low, openrank_high AS high,
                if(nowcast_projects_count > 0, 'nowcast', 'published') AS basis,
                projects_count, nowcast_projects_count, known_projects_count, existing_projects_count,
                known_projects_count < existing_projects_count AS is_partial,
                known_projects_count >= existing_projects_count * {_COMPARABLE} AS is_comparable
            FROM scope_openrank_monthly
            WHERE list_contains($scopes, scope || ':' || scope_value) ORDER BY series, month
            """,
            {"scopes": tuple(scopes)},
        )

    def areas(self) -> Answer:
        """Technology areas that have a year, with their names."""
        return self._ask(
            "FROM technology_areas SEMI JOIN technology_area_annual USING (area) ORDER BY area",
        )

    def area_years(self, area_ids: Sequence[str]) -> Answer:
        """OpenRank of some technology areas year by year, with how many of their repositories it covers.

        `is_comparable` is whether enough repositories are covered; one is if every month of the year was retrieved.
        """
        return self._ask(
            f"""
            SELECT area AS series, make_date(year::INTEGER, 1, 1) AS month, openrank_sum AS value,
                openrank_sum AS low, openrank_sum AS high, 'published' AS basis, months_count,
                covered_repos_count, repos_count,
                covered_repos_count >= repos_count * {_COMPARABLE} AS is_comparable
            FROM technology_area_annual WHERE list_contains($areas, area) ORDER BY area, year
            """,
            {"areas": tuple(area_ids)},
        )
