"""Entries ready to paste into a seeds folder, for repositories that people may want as projects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.seeds.models import Seeds


@dataclass(frozen=True, slots=True)
class ProposedRepository:
    """A repository that is no project yet.

    Attributes
    ----------
    full_name
        Newest name known.
    former_names
        Other names it was seen under.
    """

    repo_id: int
    full_name: str
    former_names: tuple[str, ...]


def propose_projects(
    seeds: Seeds, proposed: Sequence[ProposedRepository], origin_id: str, description: str
) -> str:
    """Entries of ``projects.yml`` and ``organizations.yml`` for some repositories, as YAML with the files as comments.

    Pasted into these files they pass `check_seeds`. Ids are made from the names and never one that is taken; an owner
    that has an organization keeps it. Whoever pastes them corrects names, and takes away what does not belong.

    Parameters
    ----------
    seeds
        The folder they are for.
    proposed
        Repositories none of which belongs to a project of `seeds`.
    origin_id, description
        Where they come from.
    """
    organization_of = {
        account.lower(): organization.id
        for organization in seeds.organizations
        for account in organization.accounts
    }
    organization_ids = {organization.id for organization in seeds.organizations}
    project_ids = {project.id for project in seeds.projects}
    organizations: list[dict[str, object]] = []
    projects: list[dict[str, object]] = []
    for repository in proposed:
        owner, _, name = repository.full_name.partition("/")
        if owner.lower() not in organization_of:
            organization_of[owner.lower()] = _free_slug(
                organization_ids, owner, f"{owner}-{repository.repo_id}"
            )
            organizations.append({"id": organization_of[owner.lower()], "name": owner, "accounts": [owner]})
        entry: dict[str, object] = {"full_name": repository.full_name, "repo_id": repository.repo_id}
        if repository.former_names:
            entry["former_names"] = list(repository.former_names)
        projects.append(
            {
                "id": _free_slug(
                    project_ids, name, f"{owner}-{name}", f"{owner}-{name}-{repository.repo_id}"
                ),
                "name": name,
                "organization": organization_of[owner.lower()],
                "origin": origin_id,
                "repositories": [entry],
            }
        )
    is_known = any(origin.id == origin_id for origin in seeds.origins)
    origin: dict[str, object] = {"id": origin_id, "description": description}
    return "\n".join(
        [
            *_block("organizations.yml, under organizations", organizations),
            *_block("projects.yml, under origins", [] if is_known else [origin]),
            *_block("projects.yml, under projects", projects),
            *(f"# take it off watchlist.yml: {name}" for name in _watched(seeds, proposed)),
        ]
    )


def _block(where: str, entries: Sequence[dict[str, object]]) -> list[str]:
    if not entries:
        return []
    text = yaml.safe_dump(list(entries), sort_keys=False, allow_unicode=True, width=110)
    return [f"# {where}", *(f"  {line}" for line in text.splitlines())]


def _free_slug(taken: set[str], *names: str) -> str:
    """The first of `names` whose slug is free, which is then taken."""
    slugs = [re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") for name in names]
    slug = next(slug for slug in slugs if slug and slug not in taken)
    taken.add(slug)
    return slug


def _watched(seeds: Seeds, proposed: Sequence[ProposedRepository]) -> list[str]:
    """Names of the watch list that a project would repeat."""
    names = {name.lower() for one in proposed for name in (one.full_name, *one.former_names)}
    return [name for name in seeds.watchlist if name.lower() in names]
