"""Which model defines which seeds file, a whole folder, and the JSON Schemas that editors check the files with."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.floor.errors import SeedsError
from pipelines.floor.files import write_whole
from pipelines.floor.messages import TEXT, Message
from pipelines.seeds.accounts import AccountRule, AccountsFile, OpenDiggerBotsFile, account_rules
from pipelines.seeds.completeness import CompletenessFile, EventStreamFile, NowcastFile
from pipelines.seeds.figures import PublishedFiguresFile
from pipelines.seeds.parameters import ExplorationFile, NetworkFile, OpenrankFile, RepositoryKindsFile
from pipelines.seeds.problems import did_you_mean
from pipelines.seeds.projects import (
    FieldOfStudy,
    OrganizationsFile,
    ProjectsFile,
    RenamesFile,
    WatchlistFile,
)
from pipelines.seeds.rules import AnnouncementsFile, GraveyardFile, Profile, ProfilesFile, ThresholdsFile
from pipelines.seeds.taxonomies import (
    BoxMapping,
    CuratedDomain,
    LabelSet,
    Taxonomy,
    TaxonomyMappingsFile,
    TechnologyAreasFile,
)
from pipelines.seeds.upstreams import (
    ArchiveGapsFile,
    ArchivesFile,
    DataSourcesFile,
    DisputedObservationsFile,
    OpenDiggerVintagesFile,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipelines.seeds.entries import Entry


class Seeds(
    ProjectsFile,
    OrganizationsFile,
    ThresholdsFile,
    ProfilesFile,
    AnnouncementsFile,
    GraveyardFile,
    OpenrankFile,
    NetworkFile,
    ExplorationFile,
    RepositoryKindsFile,
    PublishedFiguresFile,
    TechnologyAreasFile,
    RenamesFile,
    WatchlistFile,
    AccountsFile,
    OpenDiggerBotsFile,
    DisputedObservationsFile,
    ArchiveGapsFile,
    ArchivesFile,
    OpenDiggerVintagesFile,
    DataSourcesFile,
    TaxonomyMappingsFile,
    CompletenessFile,
    NowcastFile,
    EventStreamFile,
):
    """A whole seeds folder that passed every check, under the keys of its files."""

    field: FieldOfStudy
    taxonomies: tuple[Taxonomy, ...]
    labels: tuple[LabelSet, ...]

    @cached_property
    def content_hash(self) -> str:
        """SHA-256, in hex, of what the files say: comments, layout and place of the folder do not count."""
        content = self.model_dump(mode="json", exclude={"field": {"inherits"}})
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @cached_property
    def account_rules(self) -> tuple[AccountRule, ...]:
        """The class of every account that is judged or listed."""
        return account_rules(self, self.opendigger_bots)

    @property
    def default_taxonomy(self) -> Taxonomy:
        """The taxonomy that ``field.yml`` names."""
        return next(taxonomy for taxonomy in self.taxonomies if taxonomy.version == self.field.taxonomy)

    @property
    def default_profile(self) -> Profile:
        """The membership profile that ``field.yml`` names."""
        return next(profile for profile in self.profiles if profile.id == self.field.profile)

    def curated_domains(self, version: str) -> dict[str, CuratedDomain]:
        """Domain of each project under a version of the taxonomy, by project id.

        A label of that version wins. A label of another version counts if the mapping leads its box to
        exactly one box; what was split is not guessed.
        """
        targets: dict[tuple[str, str, str | None], list[BoxMapping]] = {}
        for mapping in self.taxonomy_mappings:
            if mapping.target.taxonomy == version:
                source = mapping.source
                targets.setdefault((source.taxonomy, source.domain, source.subdomain), []).append(mapping)
        curated: dict[str, CuratedDomain] = {}
        for label_set in self.labels:
            for label in label_set.labels:
                boxes = [(label_set.taxonomy, label.domain, one) for one in (label.subdomain, None)]
                found = next((targets[box] for box in boxes if box in targets), [])
                if label_set.taxonomy != version and len(found) == 1:
                    reason = Message(
                        "domain.label_mapped",
                        {
                            "label": label_set.source,
                            "taxonomy": label_set.taxonomy,
                            "reason": Message(TEXT, {"text": found[0].reason}),
                        },
                    )
                    target = found[0].target
                    curated.setdefault(label.project, CuratedDomain(target.domain, target.subdomain, reason))
        for label_set in self.labels:
            if label_set.taxonomy == version:
                for label in label_set.labels:
                    reason = Message("domain.label", {"label": label_set.source})
                    curated[label.project] = CuratedDomain(label.domain, label.subdomain, reason)
        return curated

    def candidate_ids(self) -> tuple[str, ...]:
        """Projects that may be members of the landscape, in the order of ``projects.yml``."""
        origins = {origin.id for origin in self.origins if origin.has_candidates}
        return tuple(project.id for project in self.projects if project.origin in origins)

    def project_of_name(self) -> dict[str, str]:
        """Project id by lower-case ``owner/name``, for every name that a repository has or had."""
        return {
            name.lower(): project.id
            for project in self.projects
            for repository in project.repositories
            for name in repository.names
        }

    def threshold(self, threshold_id: str) -> float:
        """Value of a threshold, in its own unit.

        Raises
        ------
        SeedsError
            If ``thresholds.yml`` does not have it.
        """
        for threshold in self.thresholds:
            if threshold.id == threshold_id:
                return threshold.value
        known = [threshold.id for threshold in self.thresholds]
        raise SeedsError(
            f'no threshold "{threshold_id}"{did_you_mean(threshold_id, known)}',
            where="thresholds.yml",
            hint="add it with its unit and its reason",
        )


FIELD_FILE = "field.yml"
FILES: dict[str, type[Entry]] = {
    FIELD_FILE: FieldOfStudy,
    "projects.yml": ProjectsFile,
    "organizations.yml": OrganizationsFile,
    "thresholds.yml": ThresholdsFile,
    "profiles.yml": ProfilesFile,
    "announcements.yml": AnnouncementsFile,
    "graveyard.yml": GraveyardFile,
    "openrank.yml": OpenrankFile,
    "network.yml": NetworkFile,
    "exploration.yml": ExplorationFile,
    "repository_kinds.yml": RepositoryKindsFile,
    "published_figures.yml": PublishedFiguresFile,
    "technology_areas.yml": TechnologyAreasFile,
    "renames.yml": RenamesFile,
    "watchlist.yml": WatchlistFile,
    "taxonomy_mappings.yml": TaxonomyMappingsFile,
    "completeness.yml": CompletenessFile,
    "nowcast.yml": NowcastFile,
    "upstreams/accounts.yml": AccountsFile,
    "upstreams/opendigger_bots.yml": OpenDiggerBotsFile,
    "upstreams/archives.yml": ArchivesFile,
    "upstreams/archive_gaps.yml": ArchiveGapsFile,
    "upstreams/disputed_observations.yml": DisputedObservationsFile,
    "upstreams/opendigger_vintages.yml": OpenDiggerVintagesFile,
    "upstreams/data_sources.yml": DataSourcesFile,
    "upstreams/event_stream.yml": EventStreamFile,
}
"""Files that every seeds folder has, or inherits one by one; the first says from where."""
VERSIONED: dict[str, type[Entry]] = {"taxonomies": Taxonomy, "labels": LabelSet}
"""Folders with a file for each version; such a folder is inherited as a whole."""


def versions_in(folder: str, names: Iterable[str]) -> list[str]:
    """Those of `names` that lie in a folder of versions, in the order given."""
    return [name for name in names if name.startswith(f"{folder}/")]


def schemas() -> dict[str, str]:
    """JSON Schema of every kind of seeds file, as text, by file name.

    Source: the models above; `write_schemas` puts them into ``seeds/schemas``.
    """
    models = {Path(name).stem: model for name, model in FILES.items()} | VERSIONED
    return {
        f"{name}.schema.json": json.dumps(
            {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()},
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
        for name, model in sorted(models.items())
    }


def write_schemas(folder: Path) -> None:
    """Write every JSON Schema into `folder`, each file whole or not at all.

    Raises
    ------
    StorageError
        If the disk refuses.
    """
    for name, text in schemas().items():
        write_whole(folder / name, [text.encode()])
