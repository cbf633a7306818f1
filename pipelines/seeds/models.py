"""The one definition of each file under ``seeds/``, and the JSON Schemas that editors check the files with.

`FILES` and `VERSIONED` say which file is defined by which model; `Seeds` is a whole folder.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    PlainSerializer,
    PlainValidator,
    PositiveInt,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from pipelines.errors import SeedsError
from pipelines.files import write_whole
from pipelines.messages import TEXT, Message
from pipelines.names import REPO_FULL_NAME_PATTERN, repo_full_name_problem
from pipelines.periods import Hour
from pipelines.seeds.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable


def _day(value: object) -> date:
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise ValueError(f"expected a date as YYYY-MM-DD, not {value!r}")
    return day


def _repository_name(text: str) -> str:
    if problem := repo_full_name_problem(text):
        raise ValueError(problem)
    return text


def _hour(value: object) -> Hour:
    return value if isinstance(value, Hour) else Hour.parse(str(value))


_RESERVED_IN_SCHEMA = r"/(\.|\.\.|.*\.([gG][iI][tT]|[wW][iI][kK][iI]))$"
"""The reserved names of `pipelines.names`, in the dialect of JSON Schema, which has no flags."""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$")]
TaxonomyVersion = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[a-z0-9]+$")]
TechnologyLabel = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(/[a-z0-9_]+)*$")]
Account = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$")]
RepositoryName = Annotated[
    str,
    AfterValidator(_repository_name),
    WithJsonSchema(
        {"type": "string", "pattern": REPO_FULL_NAME_PATTERN, "not": {"pattern": _RESERVED_IN_SCHEMA}}
    ),
]
RepositoryPattern = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+/([A-Za-z0-9._-]+|\*)$")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
Text = Annotated[str, StringConstraints(pattern=r"\S")]
Day = Annotated[date, BeforeValidator(_day)]
YearMonth = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
ArchiveHour = Annotated[
    Hour,
    PlainValidator(_hour),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}[T-]\d{1,2}$"}),
]


class Entry(BaseModel):
    """Keys with values in a seeds file: no others may stand there, and none changes its type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class LocalizedText(Entry):
    """The same text in English and in Chinese."""

    en: Text
    zh: Text


class FieldOfStudy(Entry):
    """``field.yml``: which ecosystem this folder describes, and its defaults."""

    id: Slug
    name: LocalizedText
    description: Text
    taxonomy: TaxonomyVersion
    """Version of the taxonomy that is shown unless another is asked for."""
    profile: Identifier
    """Membership profile that decides who is in the landscape unless another is asked for."""
    inherits: Text | None = None
    """Folder, relative to this one, that lends every seeds file missing here."""


class Repository(Entry):
    """A repository on GitHub, under every name it is known to have had."""

    full_name: RepositoryName
    """Newest name known."""
    repo_id: PositiveInt | None = None
    """GitHub's number; left out where no observation gives it."""
    former_names: tuple[RepositoryName, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, the newest first."""
        return (self.full_name, *self.former_names)


class Origin(Entry):
    """Where a project entered the seeds."""

    id: Identifier
    description: Text
    has_candidates: bool = True
    """Whether its projects are candidates of the landscape; others are only watched, or only in the network."""


class Project(Entry):
    """A project, which owns one or more repositories."""

    id: Slug
    """Key of the project in every published table."""
    name: Text
    """Name that people read."""
    organization: Slug
    origin: Identifier
    repositories: tuple[Repository, ...] = Field(min_length=1)


class ProjectsFile(Entry):
    """``projects.yml``: the projects of the field."""

    origins: tuple[Origin, ...] = Field(min_length=1)
    projects: tuple[Project, ...] = Field(min_length=1)


class Organization(Entry):
    """Who owns a project: a company, a foundation, a community or a person."""

    id: Slug
    name: Text
    accounts: tuple[Account, ...] = Field(min_length=1)
    """GitHub accounts that own repositories of the field."""
    country: CountryCode | None = None
    """Seat as ISO 3166-1 alpha-2; left out where there is none or it is not known for certain."""


class OrganizationsFile(Entry):
    """``organizations.yml``: who owns the projects."""

    organizations: tuple[Organization, ...] = Field(min_length=1)


class Category(Entry):
    """A box of the taxonomy: what belongs in it, and words that point to it."""

    id: Slug
    name: LocalizedText
    definition: LocalizedText
    keywords: tuple[Text, ...] = Field(min_length=1)
    """Terms of the field, English or Chinese, that name this box when a repository's texts use them."""
    hints: tuple[Text, ...] = ()
    """Common words that lean here and prove nothing alone; a term may be a hint of several boxes."""


class Domain(Category):
    """A domain, with its subdomains if it has any."""

    subdomains: tuple[Category, ...] = ()


class Layer(Entry):
    """A band of the landscape."""

    id: Slug
    name: LocalizedText
    definition: LocalizedText
    domains: tuple[Domain, ...] = Field(min_length=1)


class Taxonomy(Entry):
    """``taxonomies/<version>.yml``: layers, domains and subdomains, in the order they are drawn."""

    version: TaxonomyVersion
    title: Text
    source: Text
    layers: tuple[Layer, ...] = Field(min_length=1)


class Label(Entry):
    """The domain that people assigned to a project."""

    project: Slug
    domain: Slug
    subdomain: Slug | None = None


class LabelSet(Entry):
    """``labels/<version>.yml``: the curated labels under the taxonomy of that version."""

    taxonomy: TaxonomyVersion
    source: Text
    labels: tuple[Label, ...]


class Box(Entry):
    """A domain of a version of the taxonomy, or one of its subdomains."""

    taxonomy: TaxonomyVersion
    domain: Slug
    subdomain: Slug | None = None


class BoxMapping(Entry):
    """Where a box of one version went in another; a box that was split has one entry for each part."""

    source: Box
    target: Box
    reason: Text


class TaxonomyMappingsFile(Entry):
    """``taxonomy_mappings.yml``: which boxes of the taxonomy's versions correspond."""

    taxonomy_mappings: tuple[BoxMapping, ...]


@dataclass(frozen=True, slots=True)
class CuratedDomain:
    """The box that people gave a project, and in which words they did.

    Attributes
    ----------
    domain, subdomain
        Ids in the taxonomy asked for.
    reason
        The source of the label, and the mapping if the label is of another version.
    """

    domain: str
    subdomain: str | None
    reason: Message


ThresholdId = Literal[
    "published_edge_cut",
    "sample_edge_cut",
    "month_start_snapshot_days",
    "coverage_gap_ratio",
    "coverage_baseline_reach_days",
    "coverage_comparable_hours",
    "watch_list_width_ratio",
    "watch_list_steady_ratio",
    "spike_ratio",
    "spike_openrank",
    "plateau_months",
    "plateau_spread_ratio",
    "domain_confidence",
    "recent_months",
    "observation_fresh_days",
    "push_silent_days",
    "openrank_evidence_months",
    "fallen_drawdown_ratio",
    "declining_drawdown_ratio",
    "declining_months",
    "steady_ratio",
    "slope_months",
    "resurrected_months",
    "lifetime_silence_months",
    "person_repositories_cap",
    "edge_evidence_cap",
    "comparable_coverage_ratio",
]
"""Thresholds that the pipeline asks for; each must be there."""


class Threshold(Entry):
    """A number that decides, with the reason for it."""

    id: ThresholdId
    value: float
    unit: Text
    reason: Text


class ThresholdsFile(Entry):
    """``thresholds.yml``: the numbers that decide."""

    thresholds: tuple[Threshold, ...]

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        missing = set(get_args(ThresholdId)) - {threshold.id for threshold in self.thresholds}
        if missing:
            raise ValueError(f"missing: {', '.join(sorted(missing))}")
        return self


class Profile(Entry):
    """A rule of membership in the landscape, over monthly OpenRank."""

    id: Identifier
    kind: Literal["year_to_date_mean", "trailing_mean", "latest_month"]
    """What is compared: the mean of the year's complete months or of the last `months`, or the latest month."""
    months: PositiveInt | None = None
    """Length of the window of a trailing mean; no other kind has it."""
    threshold: Annotated[float, Field(gt=0)]
    comparison: Literal[">", ">="]
    reason: Text

    @model_validator(mode="after")
    def _has_months_if_trailing(self) -> Self:
        if (self.kind == "trailing_mean") != (self.months is not None):
            raise ValueError('"months" belongs to the kind trailing_mean, and to no other')
        return self


class ProfilesFile(Entry):
    """``profiles.yml``: the rules of membership."""

    profiles: tuple[Profile, ...] = Field(min_length=1)


class BotAccount(Entry):
    """An account that acts by itself although its login does not say so."""

    login: Account
    reason: Text


class Bots(Entry):
    """How to tell an account that acts by itself from a person."""

    suffixes: tuple[Text, ...]
    """A login that ends so, in any case, is a bot."""
    accounts: tuple[BotAccount, ...]


class BotsFile(Entry):
    """``upstreams/bots.yml``: accounts that are no people."""

    bots: Bots


class ArchiveGap(Entry):
    """Hours of GH Archive that are missing, damaged or thin."""

    start_hour: ArchiveHour
    """First hour, UTC."""
    end_hour: ArchiveHour | None
    """Last hour, UTC, included; null where no end is known."""
    kind: Literal[
        "missing_file",
        "missing_files",
        "bad_gzip",
        "one_event_hour",
        "malformed_line",
        "duplicate_event",
        "low_volume",
        "watch_degraded",
        "watch_collapsed",
    ]
    detail: Text
    source: Text

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end_hour is not None and self.end_hour < self.start_hour:
            raise ValueError(f"the gap ends ({self.end_hour}) before it starts ({self.start_hour})")
        return self


class DisputedObservation(Entry):
    """A name and a number that a source put together although they belong to different repositories."""

    repo_full_name: RepositoryName
    repo_id: PositiveInt
    reason: Text


class DisputedObservationsFile(Entry):
    """``upstreams/disputed_observations.yml``: observations of the wrong repository."""

    disputed_observations: tuple[DisputedObservation, ...]


class ArchiveGapsFile(Entry):
    """``upstreams/archive_gaps.yml``: what GH Archive is known to lack."""

    archive_gaps: tuple[ArchiveGap, ...]


class Vintage(Entry):
    """A version of OpenDigger's algorithm; values of two vintages are not comparable."""

    id: Identifier
    since: Day | None
    """First day on which pulled values have this vintage; null for the earliest."""
    change: Text


class OpenDiggerVintagesFile(Entry):
    """``upstreams/opendigger_vintages.yml``: when OpenDigger recomputed its history."""

    opendigger_vintages: tuple[Vintage, ...] = Field(min_length=1)


class DataSource(Entry):
    """Where rows come from, and whether they were observed, derived or simulated."""

    id: Identifier
    name: Text
    kind: Literal["real", "derived", "simulated"]
    url: Url | None = None
    licence: Text
    """SPDX identifier, or `unknown`."""
    description: Text


class DataSourcesFile(Entry):
    """``upstreams/data_sources.yml``: every value of a column `source`."""

    data_sources: tuple[DataSource, ...] = Field(min_length=1)


Ratio = Annotated[float, Field(gt=0, lt=1)]


class Announcement(Entry):
    """An official end: what the owner of a project announced about it."""

    project: Slug
    announced_on: Day
    kind: Literal["replaced", "discontinued"]
    text: Text
    url: Url


class AnnouncementsFile(Entry):
    """``announcements.yml``: projects whose owner announced their end."""

    announcements: tuple[Announcement, ...]


class GraveyardRule(Entry):
    """What may put a project into the graveyard."""

    id: Identifier
    reason: Text


class SuddenAttentionRule(GraveyardRule):
    """Created late, starred much, and not pushed to since an earlier calendar year."""

    created_from: Day
    stars_at_least: PositiveInt


class AgreementRule(GraveyardRule):
    """Origins that fail in different ways agree that nothing happens any more."""

    origins_at_least: PositiveInt


class GraveyardException(Entry):
    """A project that people put into the graveyard although no rule does."""

    project: Slug
    listed_on: Day
    text: Text
    url: Url


class Graveyard(Entry):
    """When a project counts as ended, and when that is looked at."""

    sudden_attention: SuddenAttentionRule
    agreement: AgreementRule
    official_end: GraveyardRule
    curated: GraveyardRule
    assessed_on: tuple[Day, ...]
    """Days to assess every project on, besides the last day of each month."""


class GraveyardFile(Entry):
    """``graveyard.yml``: the policies of the graveyard."""

    graveyard: Graveyard
    graveyard_exceptions: tuple[GraveyardException, ...]


Weight = Annotated[float, Field(gt=0)]


class ActivityWeights(Entry):
    """What each action of a person in a repository counts for."""

    issue_opened: Weight
    issue_comment: Weight
    issue_closed: Weight
    review_comment: Weight
    pull_request_opened: Weight
    push: Weight


class Openrank(Entry):
    """Activity, the network that OpenRank is computed on (see `pipelines.graph.openrank`), and what is carried on."""

    vintage: Identifier
    """Version of the algorithm, as in ``upstreams/opendigger_vintages.yml``: raise it when a value changes."""
    repo_retention: Ratio
    actor_retention: Ratio
    background_retention: Ratio
    background_share: Ratio
    attention_midpoint: float
    attention_slope: float
    tolerance: Ratio
    largest_error: Ratio
    """Of an out-weight sum from 1, and of what flows in from what flows out: beyond it a month is refused."""
    weights: ActivityWeights
    actor_repositories_cap: PositiveInt
    """Who counts in more repositories in a month is left out of it."""
    carry_decay: Ratio
    """Share of a value that is left a month later."""
    carry_floor: Ratio
    """What is left of a value counts while it is above this."""
    published_floor: Weight
    """A repository that nobody watches is published once a value of it has exceeded this."""
    reason: Text


class OpenrankFile(Entry):
    """``openrank.yml``: the parameters of our own OpenRank."""

    openrank: Openrank


class Exploration(Entry):
    """How far the search from seeds goes, and what counts as found; see `pipelines.graph.exploration`."""

    hops: PositiveInt
    limit_per_hop: PositiveInt
    least_shared_people: PositiveInt
    """People that a repository shares with those it is reached from, at least."""
    largest_p_value: Annotated[float, Field(gt=0, le=1)]
    """Of sharing that many people by chance."""
    leading_people: PositiveInt
    """How many of the people who led to a repository are named."""
    reason: Text


class ExplorationFile(Entry):
    """``exploration.yml``: where the search for further projects begins, and how far it goes."""

    exploration_seeds: tuple[RepositoryName, ...] = Field(min_length=1)
    exploration: Exploration


class RepositoryKind(Entry):
    """How a repository shows that it holds no software of its own."""

    kind: Literal["mirror", "fork", "list", "docs"]
    name_words: tuple[Text, ...]
    """Words of the repository's name."""
    topics: tuple[Text, ...]
    phrases: tuple[Text, ...]
    """Parts of the description."""
    reason: Text


class RepositoryKindsFile(Entry):
    """``repository_kinds.yml``: how lists, documentation, forks and mirrors are told from software."""

    repository_kinds: tuple[RepositoryKind, ...]
    common_repository_names: tuple[Text, ...]
    """Names that many owners use for different things: two repositories of such a name are no copies."""


Comparison = Literal["=", "<", "<=", ">", ">="]
"""How a published number is meant: as the value itself, or as a bound that the value keeps."""


class FigureTolerance(Entry):
    """How far a figure may be off what the data gives, with the reason for it."""

    id: Identifier
    value: Annotated[float, Field(ge=0)]
    reason: LocalizedText


class PublishedFigure(Entry):
    """A figure, as a report prints it, and how the published tables measure the same."""

    id: Slug
    section: Identifier | None = None
    """Section of the story that tells it; left out where it only stands beside its project."""
    project: Slug | None = None
    """The project it is about; left out where it is about more than one."""
    measure: LocalizedText
    """What the report calls it."""
    value: Text
    """As printed."""
    number: float | None = None
    """The value as a number in `unit`, a ratio as a fraction of 1."""
    unit: Text
    comparison: Comparison = "="
    """Whether the number is the value, or a bound that the value keeps."""
    tolerance: Identifier = "exact"
    """One of `tolerances`."""
    measured_by: Text | None = None
    """One SELECT over the published tables that gives ``value`` and ``coverage_ratio``, the share of what the figure
    rests on that they hold; left out where they hold none of it."""
    report: Text
    where: Text
    """Section or figure of the report."""
    last_month: YearMonth
    """Newest month that the report speaks of; looked at from an earlier one, it had said nothing."""
    remark: LocalizedText
    """How it is defined or that the report does not say, and why the data gives something else where it does."""


class PublishedNetwork(Entry):
    """The size of a collaboration network, as a report prints it."""

    source: Identifier
    """Data source of the edges that the report drew."""
    nodes_count: PositiveInt
    isolated_count: NonNegativeInt
    report: Text
    where: Text
    """Section or figure of the report."""
    remark: Text
    """Why it differs from what the edges give, or that the report does not say."""


class PublishedFiguresFile(Entry):
    """``published_figures.yml``: what was published, shown beside what the data gives."""

    tolerances: tuple[FigureTolerance, ...] = Field(min_length=1)
    published_figures: tuple[PublishedFigure, ...]
    published_networks: tuple[PublishedNetwork, ...]

    @model_validator(mode="after")
    def _names_its_tolerances(self) -> Self:
        known = {tolerance.id for tolerance in self.tolerances}
        for figure in self.published_figures:
            if figure.tolerance not in known:
                raise ValueError(
                    f'{figure.id}: unknown tolerance "{figure.tolerance}"{did_you_mean(figure.tolerance, known)}'
                )
        return self


class NetworkCommunities(Entry):
    """How communities are looked for; see `pipelines.graph.communities`."""

    runs_count: Annotated[int, Field(ge=2)]
    resolution: Annotated[float, Field(gt=0)]
    reason: Text


class NetworkLayout(Entry):
    """How the network is drawn; see `pipelines.graph.layout`."""

    seed: NonNegativeInt
    iterations: PositiveInt
    jitter_tolerance: Annotated[float, Field(gt=0)]
    gravity: Annotated[float, Field(gt=0)]
    spacing_ratio: Ratio
    reason: Text


class Network(Entry):
    """How the collaboration network is divided and drawn."""

    communities: NetworkCommunities
    layout: NetworkLayout


class NetworkFile(Entry):
    """``network.yml``: parameters of communities and layout."""

    network: Network


class TechnologySubdomain(Entry):
    """Repositories of a technology subdomain."""

    id: TechnologyLabel
    repositories: tuple[RepositoryPattern, ...] = ()
    """Repositories that are not assigned more precisely; ``owner/*`` means all of an owner."""


class TechnologyDomain(TechnologySubdomain):
    """Repositories of a technology domain."""

    subdomains: tuple[TechnologySubdomain, ...] = ()


class TechnologyArea(TechnologySubdomain):
    """Repositories of a technology area."""

    name: LocalizedText
    domains: tuple[TechnologyDomain, ...] = ()


class TechnologyAreasFile(Entry):
    """``technology_areas.yml``: repositories by technology, as OpenDigger labels them."""

    technology_areas: tuple[TechnologyArea, ...]


class RenamesFile(Entry):
    """``renames.yml``: renamed repositories that belong to no project."""

    renames: tuple[Repository, ...]


class WatchlistFile(Entry):
    """``watchlist.yml``: further repositories whose OpenRank is collected."""

    watchlist: tuple[RepositoryName, ...]


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
    BotsFile,
    DisputedObservationsFile,
    ArchiveGapsFile,
    OpenDiggerVintagesFile,
    DataSourcesFile,
    TaxonomyMappingsFile,
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
    "upstreams/bots.yml": BotsFile,
    "upstreams/archive_gaps.yml": ArchiveGapsFile,
    "upstreams/disputed_observations.yml": DisputedObservationsFile,
    "upstreams/opendigger_vintages.yml": OpenDiggerVintagesFile,
    "upstreams/data_sources.yml": DataSourcesFile,
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
