"""What every source that asks GitHub declares: the address, the token, and the repositories of the field.

Belongs here: what more than one of them needs. Must not: a fetch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sources.github.answers import WantedRepository
from pipelines.sources.github.rest import TOKEN_NAME
from pipelines.sources.source import Address, Token

if TYPE_CHECKING:
    from pipelines.seeds import Seeds

GITHUB_API = Address("github_api", "https://api.github.com", "Base URL of the GitHub API.")
GITHUB_TOKEN = Token(TOKEN_NAME, "GitHub token; read from the environment only and never written anywhere.")


def curated_repositories(seeds: Seeds) -> list[WantedRepository]:
    """Each repository of each project, under its current name."""
    return [
        WantedRepository(repository.full_name, repository.repo_id)
        for project in seeds.projects
        for repository in project.repositories
    ]
