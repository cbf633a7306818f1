"""The seeds as frames: tables of schema ``staging``, with the vantage of the build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.messages import TEXT, Message, encode, in_english

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from pipelines.floor.periods import Month
    from pipelines.seeds import Seeds
    from pipelines.seeds.upstreams import ArchiveGap


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """The vantage of a build."""

    as_of: date
    as_of_month: Month
    data_profile: str
    code_version: str
    schema_version: str


def seed_frames(seeds: Seeds, facts: BuildFacts) -> Iterator[tuple[str, pl.DataFrame]]:
    """Name and rows of each table of schema ``staging`` that comes from the seeds."""
    yield "build_facts", _build_facts(seeds, facts)
    yield "seed_projects", _projects(seeds)
    yield "seed_names", _names(seeds)
    yield "seed_renames", _renames(seeds)
    yield "seed_labels", _labels(seeds)
    yield "seed_archive_gaps", _archive_gaps(seeds)
    yield (
        "seed_archives",
        pl.DataFrame(
            [(archive.id, archive.filed_by) for archive in seeds.archives],
            schema={"archive": pl.String, "filed_by": pl.String},
            orient="row",
        ),
    )
    yield "seed_events", _events(seeds)
    yield (
        "seed_disputed_observations",
        pl.DataFrame(
            [(disputed.repo_full_name, disputed.repo_id) for disputed in seeds.disputed_observations],
            schema={"repo_full_name": pl.String, "repo_id": pl.Int64},
            orient="row",
        ),
    )
    yield (
        "openrank_rules",
        pl.DataFrame(
            {
                "actor_repositories_cap": [seeds.openrank.actor_repositories_cap],
                "largest_error": [seeds.openrank.largest_error],
                "published_floor": [float(seeds.openrank.published_floor)],
            }
        ),
    )
    yield (
        "thresholds",
        pl.DataFrame(
            [(threshold.id, threshold.value) for threshold in seeds.thresholds],
            schema={"threshold_id": pl.String, "value": pl.Float64},
            orient="row",
        ),
    )
    # The columns are not called as parameters of the macros that read them, which would take their place.
    barred = [rule for rule in seeds.account_rules if rule.account_class != "person" and not rule.is_suffix]
    numbers = {rule.actor_id for rule in barred if rule.actor_id is not None}
    yield "barred_numbers", pl.DataFrame({"number": sorted(numbers)}, schema={"number": pl.Int64})
    logins = {rule.login_key for rule in barred if rule.login_key is not None}
    yield "barred_logins", pl.DataFrame({"login": sorted(logins)}, schema={"login": pl.String})


def _build_facts(seeds: Seeds, facts: BuildFacts) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "schema_version": [facts.schema_version],
            "code_version": [facts.code_version],
            "seeds_hash": [seeds.content_hash],
            "field": [seeds.field.id],
            "field_name": [seeds.field.name.en],
            "field_name_zh": [seeds.field.name.zh],
            "data_profile": [facts.data_profile],
            "as_of": [facts.as_of],
            "as_of_month": [facts.as_of_month.first_day],
            "taxonomy_version": [seeds.field.taxonomy],
            "membership_profile": [seeds.field.profile],
        }
    )


def _projects(seeds: Seeds) -> pl.DataFrame:
    organizations = {organization.id: organization.name for organization in seeds.organizations}
    candidates = set(seeds.candidate_ids())
    return pl.DataFrame(
        [
            (
                project.id,
                project.name,
                organizations[project.organization],
                project.origin,
                project.id in candidates,
            )
            for project in seeds.projects
        ],
        schema={
            "project_id": pl.String,
            "name": pl.String,
            "organization": pl.String,
            "origin": pl.String,
            "is_candidate": pl.Boolean,
        },
        orient="row",
    )


def _names(seeds: Seeds) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (project.id, repository_rank, repository.repo_id, name, name_rank)
            for project in seeds.projects
            for repository_rank, repository in enumerate(project.repositories)
            for name_rank, name in enumerate(repository.names)
        ],
        schema={
            "project_id": pl.String,
            "repository_rank": pl.Int64,
            "repo_id": pl.Int64,
            "repo_full_name": pl.String,
            "name_rank": pl.Int64,
        },
        orient="row",
    )


def _renames(seeds: Seeds) -> pl.DataFrame:
    return pl.DataFrame(
        [(name, rename.repo_id) for rename in seeds.renames for name in rename.names],
        schema={"repo_full_name": pl.String, "repo_id": pl.Int64},
        orient="row",
    )


def _labels(seeds: Seeds) -> pl.DataFrame:
    names = {
        (taxonomy.version, domain.id): (
            layer.name.en,
            domain.name.en,
            {subdomain.id: subdomain.name.en for subdomain in domain.subdomains},
        )
        for taxonomy in seeds.taxonomies
        for layer in taxonomy.layers
        for domain in layer.domains
    }
    rows = []
    for taxonomy in seeds.taxonomies:
        for project_id, curated in seeds.curated_domains(taxonomy.version).items():
            layer, domain, subdomains = names[taxonomy.version, curated.domain]
            subdomain = subdomains[curated.subdomain] if curated.subdomain else None
            reason = (in_english(curated.reason), encode(curated.reason))
            rows.append((project_id, taxonomy.version, layer, domain, subdomain, *reason))
    return pl.DataFrame(
        rows,
        schema={
            "project_id": pl.String,
            "taxonomy_version": pl.String,
            "layer": pl.String,
            "domain": pl.String,
            "subdomain": pl.String,
            "reason": pl.String,
            "reason_message": pl.String,
        },
        orient="row",
    )


def _events(seeds: Seeds) -> pl.DataFrame:
    """What people wrote down that happened to a project on a day."""
    ends = [(end.project, end.announced_on, "official_end", end.text, end.url) for end in seeds.announcements]
    listings = [
        (entry.project, entry.listed_on, "listed_in_graveyard", entry.text, entry.url)
        for entry in seeds.graveyard_exceptions
    ]
    return pl.DataFrame(
        [*ends, *listings],
        schema={
            "project_id": pl.String,
            "happened_on": pl.Date,
            "kind": pl.String,
            "text": pl.String,
            "url": pl.String,
        },
        orient="row",
    )


def _archive_gaps(seeds: Seeds) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (
                gap.start_hour.start.replace(tzinfo=None),
                gap.end_hour and gap.end_hour.start.replace(tzinfo=None),
                gap.kind,
                in_english(message),
                encode(message),
            )
            for gap in seeds.archive_gaps
            for message in [_gap_message(gap)]
        ],
        schema={
            "start_hour": pl.Datetime("us"),
            "end_hour": pl.Datetime("us"),
            "kind": pl.String,
            "detail": pl.String,
            "detail_message": pl.String,
        },
        orient="row",
    )


def _gap_message(gap: ArchiveGap) -> Message:
    texts = {
        "kind": Message(TEXT, {"text": gap.kind.replace("_", " ")}),
        "detail": Message(TEXT, {"text": gap.detail}),
    }
    return Message("gap.known", {**texts, "source": gap.source})
