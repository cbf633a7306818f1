"""The step that gives every candidate its domain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.classification.assignment import CONFIDENCE_DECIMALS, assign_domain, boxes_of
from pipelines.classification.model import train_classifier
from pipelines.examples import labelled_examples, read_subjects
from pipelines.messages import encode, in_english
from pipelines.warehouse.load import load_frame, load_sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

    from pipelines.build import Build
    from pipelines.classification.model import Subject
    from pipelines.seeds import Seeds
    from pipelines.seeds.taxonomies import Taxonomy


def load_domains(build: Build, connection: duckdb.DuckDBPyConnection) -> int:
    """Curated labels, and predictions for candidates without one."""
    subjects = read_subjects(connection)
    rows = [
        row for taxonomy in build.seeds.taxonomies for row in predicted_rows(build.seeds, taxonomy, subjects)
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
            "reason_messages": pl.List(pl.String),
        },
        orient="row",
    )
    load_frame(connection, "core", "predicted_domains", frame)
    return load_sql(connection, "mart", "project_domains")


def predicted_rows(
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
            [in_english(reason) for reason in found.reasons],
            [encode(reason) for reason in found.reasons],
        )
