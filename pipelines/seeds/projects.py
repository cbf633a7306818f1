"""Which field this is, and its projects: ``field.yml``, ``projects.yml``, ``organizations.yml``, renames, watchlist."""

from __future__ import annotations

from pydantic import (
    Field,
    PositiveInt,
)

from pipelines.seeds.entries import (
    Account,
    CountryCode,
    Entry,
    Identifier,
    LocalizedText,
    RepositoryName,
    Slug,
    TaxonomyVersion,
    Text,
)


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


class RenamesFile(Entry):
    """``renames.yml``: renamed repositories that belong to no project."""

    renames: tuple[Repository, ...]


class WatchlistFile(Entry):
    """``watchlist.yml``: further repositories whose OpenRank is collected."""

    watchlist: tuple[RepositoryName, ...]
