"""Steps that publish what the seeds say, for readers who see the published file alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.sources.opendigger.wanted import patterns_of
from pipelines.tables.contracts import PUBLISHED
from pipelines.warehouse.load import load_frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from pipelines.build import Build
    from pipelines.seeds import Seeds


def load_taxonomy_boxes(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Every box of every version of the taxonomy."""
    return _load(connection, "taxonomy_boxes", list(_boxes(build.seeds)))


def load_technology_areas(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """The curated names of the technology areas."""
    rows = [
        (area.id, area.name.en, area.name.zh, sum(one.endswith("/*") for one in set(patterns_of(area))))
        for area in build.seeds.technology_areas
    ]
    return _load(connection, "technology_areas", rows)


def load_membership_profiles(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """The curated rules of membership."""
    rows = [
        (profile.id, profile.kind, profile.months, profile.comparison, profile.threshold, profile.reason)
        for profile in build.seeds.profiles
    ]
    return _load(connection, "membership_profiles", rows)


def load_thresholds(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """The curated thresholds."""
    rows = [
        (threshold.id, threshold.value, threshold.unit, threshold.reason)
        for threshold in build.seeds.thresholds
    ]
    return _load(connection, "thresholds", rows)


def load_graveyard_policies(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """The curated policies of the graveyard."""
    rules = build.seeds.graveyard
    attention, agreement = rules.sudden_attention, rules.agreement
    rows = [
        (1, rules.official_end.id, "official_end", None, None, None, rules.official_end.reason),
        (
            2,
            attention.id,
            "sudden_attention",
            attention.created_from,
            attention.stars_at_least,
            None,
            attention.reason,
        ),
        (3, agreement.id, "agreement", None, None, agreement.origins_at_least, agreement.reason),
        (4, rules.curated.id, "curated", None, None, None, rules.curated.reason),
    ]
    return _load(connection, "graveyard_policies", rows)


def _load(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> int:
    schema = PUBLISHED[table].create_empty().schema
    return load_frame(connection, "mart", table, pl.DataFrame(rows, schema=schema, orient="row"))


def _boxes(seeds: Seeds) -> Iterator[tuple[object, ...]]:
    for taxonomy in seeds.taxonomies:
        boxes = [
            (layer, domain, subdomain)
            for layer in taxonomy.layers
            for domain in layer.domains
            for subdomain in (None, *domain.subdomains)
        ]
        for position, (layer, domain, subdomain) in enumerate(boxes, start=1):
            definition = (subdomain or domain).definition
            yield (
                taxonomy.version,
                position,
                layer.name.en,
                layer.name.zh,
                domain.name.en,
                domain.name.zh,
                subdomain and subdomain.name.en,
                subdomain and subdomain.name.zh,
                definition.en,
                definition.zh,
            )
