"""Builds of the family growth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.periods import Window
from pipelines.landscape.growth import compute_area_years, compute_domain_growth
from pipelines.landscape.rankings import compute_prior_means
from pipelines.metrics.panel import compute_window_means
from pipelines.sources.opendigger.wanted import patterns_of
from pipelines.tables.growth.contract import (
    DomainGrowth,
    ScopeOpenrankMonthly,
    TechnologyAreaAnnual,
    TechnologyAreas,
)
from pipelines.tables.inputs import AS_OF_RANGE, CREATED, CURATED_DOMAINS, OPENRANK, RETRIEVED
from pipelines.tables.months import as_of_months
from pipelines.tables.panel import openrank_panel
from pipelines.tables.rows import frame_of
from pipelines.tables.table import Frames, Sql, Table, published

if TYPE_CHECKING:
    from pipelines.seeds import Seeds


def list_areas(seeds: Seeds) -> pl.DataFrame:
    """The curated names of the technology areas."""
    return frame_of(
        TechnologyAreas,
        [
            (area.id, area.name.en, area.name.zh, sum(one.endswith("/*") for one in set(patterns_of(area))))
            for area in seeds.technology_areas
        ],
    )


def grow_domains(
    *,
    domains: pl.DataFrame,
    created: pl.DataFrame,
    openrank: pl.DataFrame,
    retrieved: pl.DataFrame,
    as_of_range: pl.DataFrame,
    seeds: Seeds,
) -> pl.DataFrame:
    """Compare domains from January to each as-of month with one year before."""
    panel = openrank_panel(created["project_id"], openrank, retrieved, seeds)
    windows = {as_of: Window.year_to_date(as_of) for as_of in as_of_months(as_of_range)}
    return compute_domain_growth(
        domains,
        compute_window_means(panel, windows),
        compute_prior_means(panel, created, windows),
        seeds.threshold("comparable_coverage_ratio"),
    )


def sum_areas(openrank: pl.DataFrame, retrieved: pl.DataFrame, seeds: Seeds) -> pl.DataFrame:
    """Sum technology areas by year, as far as labelled repositories have a series."""
    areas = pl.DataFrame(
        [
            (area.id, repository.lower())
            for area in seeds.technology_areas
            for repository in patterns_of(area)
            if not repository.endswith("/*")
        ],
        schema={"area": pl.String, "repo_key": pl.String},
        orient="row",
    )
    return compute_area_years(areas, openrank, retrieved)


_BROKEN_FROM = "(SELECT coalesce(min(first_month), 'infinity') FROM mart.stream_eras WHERE state = 'broken')"
"""Labelled repositories have no counts of GitHub's, so of no month since then is anything known."""

TABLES: tuple[Table, ...] = (
    published(TechnologyAreas, "warehouse", Frames(list_areas)),
    published(ScopeOpenrankMonthly, "landscape", Sql(__package__)),
    published(
        DomainGrowth,
        "landscape",
        Frames(
            grow_domains,
            domains=CURATED_DOMAINS,
            created=CREATED,
            openrank=OPENRANK,
            retrieved=RETRIEVED,
            as_of_range=AS_OF_RANGE,
        ),
    ),
    published(
        TechnologyAreaAnnual,
        "landscape",
        Frames(
            sum_areas,
            openrank="SELECT lower(repo_full_name) AS repo_key, month, value AS openrank FROM staging.current_series"
            f" WHERE metric_id = 'openrank' AND month < {_BROKEN_FROM}",
            retrieved="FROM (SELECT DISTINCT lower(repo_full_name) AS repo_key,"
            " unnest(generate_series(extent_from::TIMESTAMP, extent_through::TIMESTAMP, INTERVAL 1 MONTH))::DATE"
            f" AS month FROM staging.current_extents) WHERE month < {_BROKEN_FROM}",
        ),
    ),
)
