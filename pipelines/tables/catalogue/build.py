"""Builds of the family catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.completeness.as_of import choose_as_of_month
from pipelines.floor.periods import Month
from pipelines.tables.catalogue.contract import (
    AccountClasses,
    DataSources,
    Metadata,
    MetricCatalog,
    Thresholds,
)
from pipelines.tables.metrics import METRICS
from pipelines.tables.rows import frame_of
from pipelines.tables.table import Frames, Table
from pipelines.tables.table import published as published_table

if TYPE_CHECKING:
    from pipelines.seeds import Seeds
    from pipelines.tables.runner import PublishedTables


def list_data_sources(seeds: Seeds) -> pl.DataFrame:
    """The curated sources."""
    return frame_of(
        DataSources,
        [
            (source.id, source.name, source.kind, source.url, source.licence, source.description)
            for source in seeds.data_sources
        ],
    )


def list_metrics() -> pl.DataFrame:
    """Every metric that is defined."""
    columns = MetricCatalog.column_names()
    return pl.DataFrame([{name: getattr(metric, name) for name in columns} for metric in METRICS])


def list_thresholds(seeds: Seeds) -> pl.DataFrame:
    """The curated thresholds."""
    return frame_of(
        Thresholds,
        [(threshold.id, threshold.value, threshold.unit, threshold.reason) for threshold in seeds.thresholds],
    )


def list_account_classes(seeds: Seeds) -> pl.DataFrame:
    """The accounts that are judged or listed."""
    columns = AccountClasses.column_names()
    return frame_of(
        AccountClasses, [tuple(getattr(rule, name) for name in columns) for rule in seeds.account_rules]
    )


def describe_file(
    facts: pl.DataFrame, simulated: pl.DataFrame, completeness: pl.DataFrame, published: PublishedTables
) -> pl.DataFrame:
    """What the file is, with the fingerprint of every other table, and the newest month that enough is known for."""
    latest = Month.of(facts["as_of_month"][0])
    return facts.with_columns(
        as_of_month=pl.lit(choose_as_of_month(completeness, latest).first_day),
        snapshot_id=pl.lit(published.snapshot_id()),
        has_simulated_rows=pl.lit(not simulated.is_empty()),
        # Publishing fills these in: it alone knows the publication before.
        acceptance_note=pl.lit(None, pl.String),
        regressions=pl.lit([], pl.List(pl.String)),
        regression_messages=pl.lit([], pl.List(pl.String)),
    )


TABLES: tuple[Table, ...] = (
    published_table(DataSources, "warehouse", Frames(list_data_sources)),
    published_table(MetricCatalog, "warehouse", Frames(list_metrics)),
    published_table(Thresholds, "warehouse", Frames(list_thresholds)),
    published_table(AccountClasses, "warehouse", Frames(list_account_classes)),
    published_table(
        Metadata,
        "landscape",
        Frames(
            describe_file,
            facts="FROM staging.build_facts",
            completeness="FROM mart.month_completeness",
            simulated="SELECT source FROM (SELECT source FROM mart.collaboration_edges"
            " UNION ALL SELECT source FROM mart.repo_openrank_monthly)"
            " JOIN mart.data_sources USING (source) WHERE kind = 'simulated' LIMIT 1",
        ),
    ),
)
