"""Builds of the family domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.classification.assignment import CONFIDENCE_DECIMALS, assign_domain, boxes_of
from pipelines.classification.model import train_classifier
from pipelines.examples import labelled_examples, subjects_of
from pipelines.floor.messages import encode, in_english
from pipelines.tables.domains.contract import ProjectDomains, TaxonomyBoxes
from pipelines.tables.rows import frame_of
from pipelines.tables.table import Frames, Sql, Table, private, published

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

    from pipelines.classification.model import Subject
    from pipelines.seeds import Seeds
    from pipelines.seeds.taxonomies import Taxonomy


def predict_domains(projects: pl.DataFrame, edges: pl.DataFrame, seeds: Seeds) -> pl.DataFrame:
    """Predictions for candidates that nobody labelled, under each version of the taxonomy."""
    subjects = subjects_of(projects, edges)
    rows = [row for taxonomy in seeds.taxonomies for row in predicted_rows(seeds, taxonomy, subjects)]
    return frame_of(ProjectDomains, rows)


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


def list_boxes(seeds: Seeds) -> pl.DataFrame:
    """Every box of every version of the taxonomy."""
    return frame_of(TaxonomyBoxes, list(_boxes(seeds)))


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


TABLES: tuple[Table, ...] = (
    published(TaxonomyBoxes, "warehouse", Frames(list_boxes)),
    private(
        "core.predicted_domains",
        "classification",
        Frames(
            predict_domains,
            projects="SELECT project_id, repo_full_name, coalesce(description, '') AS description,"
            " coalesce(topics, []) AS topics FROM mart.projects",
            # Edges of simulated people say nothing; of a pair that several sources know, the largest count is taken.
            edges="SELECT project_a, project_b, max(shared_people_count) AS shared_people_count"
            " FROM mart.collaboration_edges JOIN mart.data_sources USING (source) WHERE kind <> 'simulated'"
            " GROUP BY ALL ORDER BY ALL",
        ),
    ),
    published(ProjectDomains, "classification", Sql(__package__)),
)
