"""What the seeds files say that does not fit together.

These checks read plain content, not models, so that one misspelt key does not hide what else is wrong.
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.floor.names import repo_full_name_problem
from pipelines.seeds.models import FIELD_FILE, versions_in
from pipelines.seeds.problems import Mention, PlainFile, SeedsProblem, did_you_mean, mentions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping


def _repeated(kind: str, found: Iterable[Mention]) -> Iterator[SeedsProblem]:
    """Report every mention, in any case, after the first."""
    first: dict[str, Mention] = {}
    for mention in found:
        earlier = first.setdefault(mention.value.lower(), mention)
        if earlier is not mention:
            yield mention.problem(f'duplicate {kind} "{mention.value}"; first at {earlier.where}')


def _unknown(kind: str, found: Iterable[Mention], known: Collection[str] | None) -> Iterator[SeedsProblem]:
    """Report what is not among `known`; nothing if the file that would define it could not be read."""
    for mention in found:
        if known is not None and mention.value not in known:
            yield mention.problem(f'unknown {kind} "{mention.value}"{did_you_mean(mention.value, known)}')


_ListKey = tuple[str, tuple[str, ...], str]
"""A file, the lists nested in it, and a key of their entries; no lists for a key of the file itself."""

_ACCOUNTS_FILE = "upstreams/accounts.yml"

_UNIQUE: dict[str, tuple[_ListKey, ...]] = {
    "origin": (("projects.yml", ("origins",), "id"),),
    "project": (("projects.yml", ("projects",), "id"),),
    "organization": (("organizations.yml", ("organizations",), "id"),),
    "account": (("organizations.yml", ("organizations",), "accounts"),),
    "threshold": (("thresholds.yml", ("thresholds",), "id"),),
    "profile": (("profiles.yml", ("profiles",), "id"),),
    "published figure": (("published_figures.yml", ("published_figures",), "id"),),
    "technology area": (("technology_areas.yml", ("technology_areas",), "id"),),
    "account login": ((_ACCOUNTS_FILE, ("accounts",), "login"),),
    "account number": ((_ACCOUNTS_FILE, ("accounts",), "actor_ids"),),
    "evidence": ((_ACCOUNTS_FILE, ("account_evidence",), "id"),),
    "data source": (("upstreams/data_sources.yml", ("data_sources",), "id"),),
    "exploration seed": (("exploration.yml", (), "exploration_seeds"),),
    "repository kind": (("repository_kinds.yml", ("repository_kinds",), "kind"),),
    "vintage": (("upstreams/opendigger_vintages.yml", ("opendigger_vintages",), "id"),),
    "repository name": (
        ("projects.yml", ("projects", "repositories"), "full_name"),
        ("projects.yml", ("projects", "repositories"), "former_names"),
        ("renames.yml", ("renames",), "full_name"),
        ("renames.yml", ("renames",), "former_names"),
        ("watchlist.yml", (), "watchlist"),
    ),
    "repo_id": (
        ("projects.yml", ("projects", "repositories"), "repo_id"),
        ("renames.yml", ("renames",), "repo_id"),
    ),
}
"""Where each kind of id is defined; an id may occur once in all these places together."""

_CATEGORIES = {
    "layer": ("layers",),
    "domain": ("layers", "domains"),
    "subdomain": ("layers", "domains", "subdomains"),
}
"""Lists of a taxonomy that hold each kind of box."""


def _repetitions(files: Mapping[str, PlainFile]) -> Iterator[SeedsProblem]:
    for kind, list_keys in _UNIQUE.items():
        found = (mentions(files.get(name), lists, key) for name, lists, key in list_keys)
        yield from _repeated(kind, chain.from_iterable(found))
    for name in versions_in("taxonomies", files):
        for kind, lists in _CATEGORIES.items():
            yield from _repeated(kind, mentions(files[name], lists, "id"))
    for name in versions_in("labels", files):
        yield from _repeated("label of project", mentions(files[name], ("labels",), "project"))


def _broken_references(files: Mapping[str, PlainFile]) -> Iterator[SeedsProblem]:
    def defined(name: str, key: str) -> set[str] | None:
        return {m.value for m in mentions(files[name], (key,), "id")} if name in files else None

    projects = defined("projects.yml", "projects")
    versions = {Path(name).stem for name in versions_in("taxonomies", files)} or None
    references = (
        ("taxonomy", FIELD_FILE, (), "taxonomy", versions),
        ("profile", FIELD_FILE, (), "profile", defined("profiles.yml", "profiles")),
        ("origin", "projects.yml", ("projects",), "origin", defined("projects.yml", "origins")),
        (
            "organization",
            "projects.yml",
            ("projects",),
            "organization",
            defined("organizations.yml", "organizations"),
        ),
        ("project", "announcements.yml", ("announcements",), "project", projects),
        ("project", "published_figures.yml", ("published_figures",), "project", projects),
        ("project", "graveyard.yml", ("graveyard_exceptions",), "project", projects),
        (
            "source",
            "published_figures.yml",
            ("published_networks",),
            "source",
            defined("upstreams/data_sources.yml", "data_sources"),
        ),
        *(
            ("evidence", _ACCOUNTS_FILE, (entries,), "evidence", defined(_ACCOUNTS_FILE, "account_evidence"))
            for entries in ("bot_suffixes", "accounts")
        ),
        *(("taxonomy", name, (), "taxonomy", versions) for name in versions_in("labels", files)),
        *(("project", name, ("labels",), "project", projects) for name in versions_in("labels", files)),
    )
    for kind, name, lists, key, known in references:
        yield from _unknown(kind, mentions(files.get(name), lists, key), known)


def _foreign_owners(files: Mapping[str, PlainFile]) -> Iterator[SeedsProblem]:
    """Report repositories whose owner is no account of the project's organization."""
    projects, organizations = files.get("projects.yml"), files.get("organizations.yml")
    organization_at = {m.place: m.value for m in mentions(organizations, ("organizations",), "id")}
    accounts: dict[str, set[str]] = {}
    for m in mentions(organizations, ("organizations",), "accounts"):
        accounts.setdefault(organization_at.get(m.place[:2], ""), set()).add(m.value.lower())
    organization_of = {m.place: m.value for m in mentions(projects, ("projects",), "organization")}
    for m in mentions(projects, ("projects", "repositories"), "full_name"):
        if repo_full_name_problem(m.value):
            continue  # the model refuses it
        organization, owner = organization_of.get(m.place[:2], ""), m.value.split("/")[0]
        if organization in accounts and owner.lower() not in accounts[organization]:
            yield m.problem(f'"{owner}" is no account of organization "{organization}"')


def _other_version(file: PlainFile, key: str) -> Iterator[SeedsProblem]:
    """Report a version that is not the one in the file's name."""
    for mention in mentions(file, (), key):
        if mention.value != Path(file.shown).stem:
            yield mention.problem(f'{key} "{mention.value}" is not the version in the name of the file')


def _wrong_labels(labels: PlainFile, taxonomy: PlainFile | None) -> Iterator[SeedsProblem]:
    """Report domains and subdomains that the taxonomy of the same version does not have."""
    if taxonomy is None:
        return
    domain_at = {m.place: m.value for m in mentions(taxonomy, _CATEGORIES["domain"], "id")}
    subdomains: dict[str, set[str]] = {domain: set() for domain in domain_at.values()}
    for m in mentions(taxonomy, _CATEGORIES["subdomain"], "id"):
        subdomains.setdefault(domain_at.get(m.place[:-2], ""), set()).add(m.value)
    yield from _unknown("domain", mentions(labels, ("labels",), "domain"), subdomains)
    domain_of = {m.place: m.value for m in mentions(labels, ("labels",), "domain")}
    for m in mentions(labels, ("labels",), "subdomain"):
        domain = domain_of.get(m.place)
        if domain in subdomains:
            yield from _unknown(f'subdomain of "{domain}":', [m], subdomains[domain])


def _wrong_mappings(mappings: PlainFile | None, files: Mapping[str, PlainFile]) -> Iterator[SeedsProblem]:
    """Report boxes in the mapping that no taxonomy of that version has."""
    listed = (
        mappings.content.get("taxonomy_mappings") if mappings and isinstance(mappings.content, dict) else ()
    )
    for index, mapping in enumerate(listed if isinstance(listed, tuple) else ()):
        for end in ("source", "target"):
            box = mapping.get(end) if isinstance(mapping, dict) else None
            if mappings is None or not isinstance(box, dict):
                continue
            place = ("taxonomy_mappings", index, end)
            taxonomy = files.get(f"taxonomies/{box.get('taxonomy')}.yml")
            if taxonomy is None:
                yield mappings.problem(place, f'unknown taxonomy "{box.get("taxonomy")}"', "taxonomy")
                continue
            domain_at = {m.place: m.value for m in mentions(taxonomy, _CATEGORIES["domain"], "id")}
            boxes: set[tuple[str, str | None]] = {(domain, None) for domain in domain_at.values()}
            boxes |= {
                (domain_at.get(m.place[:-2], ""), m.value)
                for m in mentions(taxonomy, _CATEGORIES["subdomain"], "id")
            }
            if (box.get("domain"), box.get("subdomain")) not in boxes:
                shown = " / ".join(str(box[key]) for key in ("domain", "subdomain") if box.get(key))
                yield mappings.problem(place, f'taxonomy {box["taxonomy"]} has no box "{shown}"', "domain")


def contradictions(files: Mapping[str, PlainFile]) -> Iterator[SeedsProblem]:
    """Find everything that the files say and that does not fit together.

    Parameters
    ----------
    files
        The files that could be read as YAML, by name within the seeds folder. What would need a file that is
        not among them is not checked.
    """
    yield from _repetitions(files)
    yield from _broken_references(files)
    yield from _foreign_owners(files)
    yield from _wrong_mappings(files.get("taxonomy_mappings.yml"), files)
    for name in versions_in("taxonomies", files):
        yield from _other_version(files[name], "version")
    for name in versions_in("labels", files):
        yield from _other_version(files[name], "taxonomy")
        yield from _wrong_labels(files[name], files.get(name.replace("labels", "taxonomies", 1)))
