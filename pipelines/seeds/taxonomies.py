"""Where projects belong: taxonomies, labels, the mapping between versions, and technology areas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import (
    Field,
)

from pipelines.seeds.entries import (
    Entry,
    LocalizedText,
    RepositoryPattern,
    Slug,
    TaxonomyVersion,
    TechnologyLabel,
    Text,
)

if TYPE_CHECKING:
    from pipelines.floor.messages import Message


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
