"""The steps that load the published tables into the build file, in order.

Belongs here: what each table is built from, and handing frames between SQL and the pure functions. Must not:
the SQL or the functions themselves.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

import polars as pl

from pipelines.bronze.wanted import patterns_of
from pipelines.classification.assignment import CONFIDENCE_DECIMALS, assign_domain, boxes_of
from pipelines.classification.model import train_classifier
from pipelines.examples import labelled_examples, read_subjects
from pipelines.graveyard.assessment import Limits, Policies
from pipelines.graveyard.history import Record, Remark, assessment_days, compute_status
from pipelines.graveyard.survival import compute_lifetimes, compute_survival
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
from pipelines.metrics.coverage import Baseline, compute_event_coverage
from pipelines.metrics.panel import OpenrankPanel, compute_window_means, panel_of
from pipelines.metrics.registry import METRICS, metrics_from
from pipelines.periods import Month, Window, last_month_by, months_between
from pipelines.publish import compute_snapshot_id
from pipelines.warehouse.connection import fetch_row
from pipelines.warehouse.contracts import PUBLISHED, SCHEMA_VERSION
from pipelines.warehouse.load import load_core, load_frame, load_sql
from pipelines.warehouse.staging import BuildFacts, load_staging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    import duckdb

    from pipelines.build import Build
    from pipelines.classification.model import Subject
    from pipelines.seeds import Seeds
    from pipelines.seeds.models import Profile as SeedsProfile
    from pipelines.seeds.models import Taxonomy


def load_foundations(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Seeds and bronze as staging, and the private tables between staging and mart."""
    facts = BuildFacts(
        as_of=build.scope.as_of,
        as_of_month=build.scope.as_of_month,
        run_profile=build.settings.profile.value,
        code_version=version("oss-landscape"),
        schema_version=SCHEMA_VERSION,
    )
    rows_count = load_staging(
        connection,
        build.seeds,
        facts,
        build.settings.bronze_dir,
        [metric.metric_id for metric in metrics_from("opendigger")],
    )
    return rows_count + load_core(connection)


def _load_metric_catalog(build: Build, connection: duckdb.DuckDBPyConnection) -> int:  # noqa: ARG001
    columns = PUBLISHED["metric_catalog"].column_names()
    frame = pl.DataFrame([{name: getattr(metric, name) for name in columns} for metric in METRICS])
    return load_frame(connection, "mart", "metric_catalog", frame)


def _load_data_sources(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    frame = pl.DataFrame(
        [
            (source.id, source.name, source.kind, source.url, source.licence, source.description)
            for source in build.seeds.data_sources
        ],
        schema=["source", "name", "kind", "url", "license", "description"],
        orient="row",
    )
    return load_frame(connection, "mart", "data_sources", frame)


def _load_data_coverage(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    coverage = compute_event_coverage(
        _frame(connection, "FROM core.event_counts"),
        _frame(connection, "SELECT hour, status, detail FROM staging.event_files ORDER BY hour"),
        _frame(connection, "FROM core.closed_hours"),
        Baseline(
            reach=timedelta(days=build.seeds.threshold("coverage_baseline_reach_days")),
            comparable_hours_count=int(build.seeds.threshold("coverage_comparable_hours")),
            gap_ratio=build.seeds.threshold("coverage_gap_ratio"),
        ),
    )
    load_frame(connection, "core", "event_coverage", coverage)
    return load_sql(connection, "mart", "data_coverage")


RANKING_WINDOW_MONTHS = (1, 3, 6, 12)
"""Lengths of the windows that rankings are published for, besides January to the as-of month."""


def _load_domains(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    subjects = read_subjects(connection)
    rows = [
        row for taxonomy in build.seeds.taxonomies for row in _predicted_rows(build.seeds, taxonomy, subjects)
    ]
    frame = pl.DataFrame(
        rows,
        schema={
            "project_id": pl.String,
            "taxonomy_version": pl.String,
            "layer": pl.String,
            "domain": pl.String,
            "subdomain": pl.String,
            "assignment": pl.String,
            "confidence": pl.Float64,
            "reasons": pl.List(pl.String),
        },
        orient="row",
    )
    load_frame(connection, "core", "predicted_domains", frame)
    return load_sql(connection, "mart", "project_domains")


def _predicted_rows(
    seeds: Seeds, taxonomy: Taxonomy, subjects: Mapping[str, Subject]
) -> Iterator[tuple[object, ...]]:
    """A row for each candidate that nobody labelled under `taxonomy`."""
    classifier = train_classifier(labelled_examples(subjects, seeds, taxonomy.version), taxonomy)
    boxes, threshold = boxes_of(taxonomy), seeds.threshold("domain_confidence")
    unlabelled = set(seeds.candidate_ids()) - seeds.curated_domains(taxonomy.version).keys()
    for project_id in sorted(unlabelled & subjects.keys()):
        found = assign_domain(classifier, boxes, subjects[project_id], threshold)
        yield (
            project_id,
            taxonomy.version,
            found.layer,
            found.domain,
            None,
            "predicted" if found.domain else "unclassified",
            # The last bits of a float differ between processors; the fingerprint of a snapshot must not.
            round(found.confidence, CONFIDENCE_DECIMALS),
            list(found.reasons),
        )


def _load_members(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    candidates = _candidates(connection)
    panel = _panel(connection, candidates)
    as_of_months = _as_of_months(connection)
    frames = [
        compute_members(candidates, panel, as_of_months, profile)
        for profile in _membership_profiles(build.seeds)
    ]
    return load_frame(connection, "mart", "landscape_members", pl.concat(frames))


def _load_watch_list(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    band = WatchBand(
        width_ratio=build.seeds.threshold("watch_list_width_ratio"),
        steady_ratio=build.seeds.threshold("watch_list_steady_ratio"),
    )
    openrank = _openrank(connection)
    frames = [
        compute_watch_list(_members(connection, profile.profile_id), openrank, profile, band)
        for profile in _membership_profiles(build.seeds)
    ]
    return load_frame(connection, "mart", "membership_watch_list", pl.concat(frames))


def _load_rankings(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    profile = membership_profile(build.seeds.default_profile)
    windows = profile.windows(_as_of_months(connection))
    (ranked,) = _ranked(build, connection, [windows])
    return load_frame(connection, "mart", "project_rankings", ranked)


def _load_rankings_by_scope(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    as_of_months = _as_of_months(connection)
    trailing = [
        {as_of: Window.trailing(as_of, months) for as_of in as_of_months} for months in RANKING_WINDOW_MONTHS
    ]
    # In March the year to date is the window of three months: it stands once.
    year_to_date = {
        as_of: Window.year_to_date(as_of)
        for as_of in as_of_months
        if as_of.month not in RANKING_WINDOW_MONTHS
    }
    scopes = scopes_of(_domains(build, connection))
    ranked = pl.concat(_ranked(build, connection, [*trailing, year_to_date]))
    return load_frame(connection, "mart", "project_rankings_by_scope", rank_in_scopes(ranked, scopes))


def _ranked(
    build: Build, connection: duckdb.DuckDBPyConnection, windows_asked: Sequence[Mapping[Month, Window]]
) -> list[pl.DataFrame]:
    """The members of the default profile, ranked by their means over the windows of each element."""
    created = _created(connection)
    panel = _panel(connection, created)
    members = _members(connection, build.seeds.field.profile)
    stars = stars_by(
        _frame(connection, "SELECT project_id, observed_on, stars_count FROM core.project_observations"),
        _as_of_months(connection),
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


def _load_ranks_monthly(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    ranks = rank_monthly(_openrank(connection), scopes_of(_domains(build, connection)))
    return load_frame(connection, "mart", "project_ranks_monthly", ranks)


def _load_domain_growth(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    created = _created(connection)
    panel = _panel(connection, created)
    windows = {as_of: Window.year_to_date(as_of) for as_of in _as_of_months(connection)}
    growth = compute_domain_growth(
        _domains(build, connection),
        compute_window_means(panel, windows),
        compute_prior_means(panel, created, windows),
    )
    return load_frame(connection, "mart", "domain_growth", growth)


def _load_area_years(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
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
    openrank = _frame(
        connection,
        "SELECT lower(repo_full_name) AS repo_key, month, value AS openrank FROM staging.current_series"
        " WHERE metric_id = 'openrank'",
    )
    retrieved = _frame(
        connection,
        "SELECT DISTINCT lower(repo_full_name) AS repo_key, unnest(generate_series(extent_from::TIMESTAMP,"
        " extent_through::TIMESTAMP, INTERVAL 1 MONTH))::DATE AS month FROM staging.current_extents",
    )
    years = compute_area_years(areas, openrank, retrieved)
    return load_frame(connection, "mart", "technology_area_annual", years)


def _load_status(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    seeds, created = build.seeds, _created(connection)
    panel = _panel(connection, created)
    observations = _frame(
        connection,
        "SELECT project_id, observed_on, stars_count, pushed_at, is_archived, source FROM core.project_observations",
    )
    record = Record(
        created,
        observations,
        panel,
        tuple(
            Remark(end.project, end.announced_on, f"announced on {end.announced_on}: {end.text} {end.url}")
            for end in seeds.announcements
        ),
        tuple(
            Remark(entry.project, entry.listed_on, f"listed on {entry.listed_on}: {entry.text}")
            for entry in seeds.graveyard_exceptions
        ),
    )
    status = compute_status(record, _assessment_days(build, panel), _policies(seeds), _limits(seeds))
    return load_frame(connection, "mart", "project_status", status)


def _assessment_days(build: Build, panel: OpenrankPanel) -> list[date]:
    first = panel.first_month if len(panel.values) else Month.of(build.scope.as_of)
    return assessment_days(first, build.scope.as_of, build.seeds.graveyard.assessed_on)


def _policies(seeds: Seeds) -> Policies:
    rules = seeds.graveyard
    return Policies(
        sudden_attention_id=rules.sudden_attention.id,
        created_from=rules.sudden_attention.created_from,
        stars_at_least=rules.sudden_attention.stars_at_least,
        agreement_id=rules.agreement.id,
        origins_at_least=rules.agreement.origins_at_least,
        official_end_id=rules.official_end.id,
        curated_id=rules.curated.id,
    )


def _limits(seeds: Seeds) -> Limits:
    return Limits(
        recent_months=int(seeds.threshold("recent_months")),
        observation_fresh_days=int(seeds.threshold("observation_fresh_days")),
        push_silent_days=int(seeds.threshold("push_silent_days")),
        openrank_evidence_months=int(seeds.threshold("openrank_evidence_months")),
        fallen_drawdown_ratio=seeds.threshold("fallen_drawdown_ratio"),
        declining_drawdown_ratio=seeds.threshold("declining_drawdown_ratio"),
        declining_months=int(seeds.threshold("declining_months")),
        steady_ratio=seeds.threshold("steady_ratio"),
        slope_months=int(seeds.threshold("slope_months")),
        resurrected_months=int(seeds.threshold("resurrected_months")),
    )


def _load_survival(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    ended = _frame(
        connection,
        "SELECT project_id, ended_on FROM mart.project_status"
        " WHERE as_of = (SELECT max(as_of) FROM mart.project_status) AND policy IS NOT NULL",
    )
    created = _created(connection)
    panel = _panel(connection, created)
    lifetimes = compute_lifetimes(
        created,
        ended,
        panel,
        last_month_by(_assessment_days(build, panel)[-1]),
        int(build.seeds.threshold("lifetime_silence_months")),
    )
    curves = compute_survival(lifetimes, _domains(build, connection))
    return load_frame(connection, "mart", "survival_curves", curves)


def _load_changes(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    profile_id, taxonomy_version = build.seeds.field.profile, build.seeds.field.taxonomy
    vantages = [Vantage(as_of, profile_id, taxonomy_version) for as_of in _as_of_months(connection)]
    changes = compute_changes(
        _members(connection, profile_id),
        _domains(build, connection),
        _main_names(connection),
        list(itertools.pairwise(vantages)),
    )
    return load_frame(connection, "mart", "landscape_changes", changes)


def _load_metadata(build: Build, connection: duckdb.DuckDBPyConnection) -> int:  # noqa: ARG001
    simulated = fetch_row(
        connection,
        "SELECT count(*) FROM mart.collaboration_edges JOIN mart.data_sources USING (source) WHERE kind = 'simulated'",
    )
    frame = connection.sql("FROM staging.build_facts").pl()
    return load_frame(
        connection,
        "mart",
        "metadata",
        frame.with_columns(
            snapshot_id=pl.lit(compute_snapshot_id(connection)),
            has_simulated_rows=pl.lit(simulated[0] > 0),
        ),
    )


def _openrank(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    return _frame(
        connection,
        "SELECT project_id, month, value FROM mart.project_metrics_monthly"
        " WHERE metric_id = 'openrank' AND source = 'opendigger'",
    )


def _panel(connection: duckdb.DuckDBPyConnection, projects: pl.DataFrame) -> OpenrankPanel:
    retrieved = _frame(connection, "SELECT DISTINCT project_id, month FROM core.project_extents")
    return panel_of(projects["project_id"], _openrank(connection), retrieved)


def _created(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    return _frame(connection, "SELECT project_id, created_at FROM mart.projects ORDER BY project_id")


def _candidates(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Of these, who may be a member of the landscape."""
    return _frame(
        connection, "SELECT project_id, created_at FROM mart.projects WHERE is_candidate ORDER BY project_id"
    )


def _members(connection: duckdb.DuckDBPyConnection, profile_id: str) -> pl.DataFrame:
    members: pl.DataFrame = connection.sql(
        "FROM mart.landscape_members WHERE profile = $profile", params={"profile": profile_id}
    ).pl()
    return members


def _domains(build: Build, connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Curated domains under the default version of the taxonomy: no rank or sum rests on a prediction."""
    domains: pl.DataFrame = connection.sql(
        "SELECT project_id, taxonomy_version, layer, domain, subdomain FROM mart.project_domains"
        " WHERE taxonomy_version = $version AND assignment = 'curated' ORDER BY project_id",
        params={"version": build.seeds.field.taxonomy},
    ).pl()
    return domains


def _main_names(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Names of each project's main repository, with the day each was first seen."""
    return _frame(
        connection,
        "SELECT n.project_id, n.repo_full_name, r.first_seen_at::DATE AS first_seen_on FROM core.project_names AS n"
        " JOIN mart.project_repos AS r USING (project_id, repo_full_name) WHERE n.repository_rank = 0",
    )


def _frame(connection: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
    frame: pl.DataFrame = connection.sql(sql).pl()
    return frame


def _as_of_months(connection: duckdb.DuckDBPyConnection) -> list[Month]:
    """Every month from the first to the last that holds a value and was retrieved for some project."""
    first, last = fetch_row(
        connection,
        "SELECT min(month), max(month) FROM mart.project_metrics_monthly SEMI JOIN core.project_extents"
        " USING (project_id, month) WHERE metric_id = 'openrank'",
    )
    return [] if first is None else list(months_between(Month.of(first), Month.of(last)))


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


@dataclass(frozen=True, slots=True)
class TableStep:
    """A published table: what it is built from, and how.

    Attributes
    ----------
    needs
        Published tables it reads, or its checks read.
    load
        Replaces the table in schema ``mart`` and returns its number of rows.
    """

    table: str
    stage: str
    needs: tuple[str, ...]
    load: Callable[[Build, duckdb.DuckDBPyConnection], int]


def _from_sql(table: str, stage: str, *needs: str) -> TableStep:
    def load(build: Build, connection: duckdb.DuckDBPyConnection) -> int:  # noqa: ARG001
        return load_sql(connection, "mart", table)

    return TableStep(table, stage, needs, load)


_CONTENT_STEPS: tuple[TableStep, ...] = (
    TableStep("data_sources", "warehouse", (), _load_data_sources),
    TableStep("metric_catalog", "warehouse", ("data_sources",), _load_metric_catalog),
    _from_sql("refresh_runs", "warehouse", "data_sources"),
    TableStep("data_coverage", "warehouse", ("data_sources",), _load_data_coverage),
    _from_sql("projects", "warehouse", "data_sources"),
    _from_sql("project_repos", "warehouse", "projects"),
    _from_sql("repo_openrank_monthly", "warehouse", "data_sources"),
    _from_sql("repo_series_extents", "warehouse", "data_sources"),
    _from_sql("project_metrics_monthly", "warehouse", "projects", "metric_catalog", "data_sources"),
    _from_sql("collaboration_edges", "graph", "projects", "data_sources"),
    TableStep(
        "project_domains",
        "classification",
        ("projects", "collaboration_edges", "data_sources"),
        _load_domains,
    ),
    TableStep("landscape_members", "landscape", ("projects", "project_metrics_monthly"), _load_members),
    TableStep(
        "membership_watch_list",
        "landscape",
        ("projects", "project_metrics_monthly", "landscape_members"),
        _load_watch_list,
    ),
    TableStep("project_rankings", "landscape", ("projects", "landscape_members"), _load_rankings),
    TableStep(
        "project_rankings_by_scope",
        "landscape",
        ("projects", "project_domains", "landscape_members", "project_rankings"),
        _load_rankings_by_scope,
    ),
    TableStep(
        "project_ranks_monthly",
        "landscape",
        ("projects", "project_domains", "project_metrics_monthly"),
        _load_ranks_monthly,
    ),
    TableStep(
        "domain_growth",
        "landscape",
        ("projects", "project_domains", "project_metrics_monthly", "project_rankings"),
        _load_domain_growth,
    ),
    TableStep("technology_area_annual", "landscape", ("repo_openrank_monthly",), _load_area_years),
    TableStep("project_status", "graveyard", ("projects", "project_metrics_monthly"), _load_status),
    TableStep(
        "survival_curves",
        "graveyard",
        ("projects", "project_domains", "project_metrics_monthly", "project_status"),
        _load_survival,
    ),
    _from_sql("project_annotations", "graveyard", "projects", "project_repos", "data_sources"),
    TableStep(
        "landscape_changes",
        "landscape",
        ("projects", "project_repos", "project_domains", "landscape_members"),
        _load_changes,
    ),
)

TABLE_STEPS: tuple[TableStep, ...] = (
    *_CONTENT_STEPS,
    TableStep("metadata", "landscape", tuple(step.table for step in _CONTENT_STEPS), _load_metadata),
)
"""Every published table once, each after what it needs; `metadata` fingerprints all others."""
