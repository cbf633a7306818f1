"""Steps that load members, rankings, growth and changes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import polars as pl

from pipelines.landscape.changes import Vantage, compute_changes
from pipelines.landscape.growth import compute_area_years, compute_domain_growth
from pipelines.landscape.membership import (
    Comparison,
    Profile,
    WatchBand,
    WindowKind,
    compute_members,
    compute_watch_list,
)
from pipelines.landscape.rankings import (
    compute_prior_means,
    rank_in_scopes,
    rank_members,
    rank_monthly,
    scopes_of,
    stars_by,
)
from pipelines.metrics.panel import compute_window_means
from pipelines.periods import Month, Window
from pipelines.sources.opendigger.wanted import patterns_of
from pipelines.tables.frames import (
    read_as_of_months,
    read_candidates,
    read_created,
    read_curated_domains,
    read_frame,
    read_main_names,
    read_members,
    read_openrank,
    read_openrank_answers,
    read_panel,
)
from pipelines.warehouse.load import load_frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from pipelines.build import Build
    from pipelines.seeds import Seeds
    from pipelines.seeds.rules import Profile as SeedsProfile


RANKING_WINDOW_MONTHS = (1, 3, 6, 12)
"""Lengths of the windows that rankings are published for, besides January to the as-of month."""


def load_members(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Every profile applied to every candidate at every as-of month."""
    candidates = read_candidates(connection)
    panel = read_panel(connection, candidates)
    answers = read_openrank_answers(connection)
    as_of_months = read_as_of_months(connection)
    frames = [
        compute_members(candidates, panel, answers, as_of_months, profile)
        for profile in _membership_profiles(build.seeds)
    ]
    return load_frame(connection, "mart", "landscape_members", pl.concat(frames))


def load_watch_list(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Who stands near the line of a profile, and where they are heading."""
    band = WatchBand(
        width_ratio=build.seeds.threshold("watch_list_width_ratio"),
        steady_ratio=build.seeds.threshold("watch_list_steady_ratio"),
    )
    openrank = read_openrank(connection)
    frames = [
        compute_watch_list(read_members(connection, profile.profile_id), openrank, profile, band)
        for profile in _membership_profiles(build.seeds)
    ]
    return load_frame(connection, "mart", "membership_watch_list", pl.concat(frames))


def load_rankings(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """The members of the default profile over its own window."""
    profile = membership_profile(build.seeds.default_profile)
    windows = profile.windows(read_as_of_months(connection))
    (ranked,) = _ranked(build, connection, [windows])
    return load_frame(connection, "mart", "project_rankings", ranked)


def load_rankings_by_scope(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """The same members over other windows, within the landscape and each layer, domain and subdomain."""
    as_of_months = read_as_of_months(connection)
    trailing = [
        {as_of: Window.trailing(as_of, months) for as_of in as_of_months} for months in RANKING_WINDOW_MONTHS
    ]
    # In March the year to date is the window of three months: it stands once.
    year_to_date = {
        as_of: Window.year_to_date(as_of)
        for as_of in as_of_months
        if as_of.month not in RANKING_WINDOW_MONTHS
    }
    scopes = scopes_of(read_curated_domains(build, connection))
    ranked = pl.concat(_ranked(build, connection, [*trailing, year_to_date]))
    return load_frame(connection, "mart", "project_rankings_by_scope", rank_in_scopes(ranked, scopes))


def _ranked(
    build: Build, connection: duckdb.DuckDBPyConnection, windows_asked: Sequence[Mapping[Month, Window]]
) -> list[pl.DataFrame]:
    """The members of the default profile, ranked by their means over the windows of each element."""
    created = read_created(connection)
    panel = read_panel(connection, created)
    members = read_members(connection, build.seeds.field.profile)
    stars = stars_by(
        read_frame(connection, "SELECT project_id, observed_on, stars_count FROM core.project_observations"),
        read_as_of_months(connection),
    )
    return [
        rank_members(
            members,
            compute_window_means(panel, windows),
            compute_prior_means(panel, created, windows),
            stars,
            windows,
        )
        for windows in windows_asked
    ]


def load_ranks_monthly(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Places by the value of each single month."""
    ranks = rank_monthly(read_openrank(connection), scopes_of(read_curated_domains(build, connection)))
    return load_frame(connection, "mart", "project_ranks_monthly", ranks)


def load_domain_growth(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Domains, January to each as-of month, against one year before."""
    created = read_created(connection)
    panel = read_panel(connection, created)
    windows = {as_of: Window.year_to_date(as_of) for as_of in read_as_of_months(connection)}
    growth = compute_domain_growth(
        read_curated_domains(build, connection),
        compute_window_means(panel, windows),
        compute_prior_means(panel, created, windows),
    )
    return load_frame(connection, "mart", "domain_growth", growth)


def load_area_years(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Technology areas by year, as far as labelled repositories have a series."""
    areas = pl.DataFrame(
        [
            (area.id, repository.lower())
            for area in build.seeds.technology_areas
            for repository in patterns_of(area)
            if not repository.endswith("/*")
        ],
        schema={"area": pl.String, "repo_key": pl.String},
        orient="row",
    )
    openrank = read_frame(
        connection,
        "SELECT lower(repo_full_name) AS repo_key, month, value AS openrank FROM staging.current_series"
        " WHERE metric_id = 'openrank'",
    )
    retrieved = read_frame(
        connection,
        "SELECT DISTINCT lower(repo_full_name) AS repo_key, unnest(generate_series(extent_from::TIMESTAMP,"
        " extent_through::TIMESTAMP, INTERVAL 1 MONTH))::DATE AS month FROM staging.current_extents",
    )
    years = compute_area_years(areas, openrank, retrieved)
    return load_frame(connection, "mart", "technology_area_annual", years)


def load_changes(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Each as-of month against the one before."""
    profile_id, taxonomy_version = build.seeds.field.profile, build.seeds.field.taxonomy
    vantages = [Vantage(as_of, profile_id, taxonomy_version) for as_of in read_as_of_months(connection)]
    changes = compute_changes(
        read_members(connection, profile_id),
        read_curated_domains(build, connection),
        read_main_names(connection),
        list(itertools.pairwise(vantages)),
    )
    return load_frame(connection, "mart", "landscape_changes", changes)


def _membership_profiles(seeds: Seeds) -> list[Profile]:
    return sorted(map(membership_profile, seeds.profiles), key=lambda profile: profile.profile_id)


def membership_profile(profile: SeedsProfile) -> Profile:
    """The rule that an entry of ``profiles.yml`` describes."""
    return Profile(
        profile.id,
        WindowKind(profile.kind),
        Comparison(profile.comparison),
        profile.threshold,
        profile.months,
    )
