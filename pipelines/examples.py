"""What the classifier learns from and is asked about: texts and neighbours of the projects of the seeds.

Belongs here: reading them from the committed sample, or taking them from frames. Must not: learning; that is pure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.classification.model import Example, Subject
from pipelines.classification.neighbours import Neighbour
from pipelines.classification.text import RepositoryText
from pipelines.sources.reference.client import fetch_observations, fetch_published_edges

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    import polars as pl

    from pipelines.seeds import Seeds
    from pipelines.sources.connect import Upstreams


def fetch_subjects(upstreams: Upstreams, seeds: Seeds) -> dict[str, Subject]:
    """Read the projects' texts and neighbours from the reference tables, without a build.

    The newest description of a project's main repository counts.

    Raises
    ------
    SourceError
        If a reference table cannot be read.
    """
    main_names = {
        name.lower(): project.id for project in seeds.projects for name in project.repositories[0].names
    }
    texts = {project.id: RepositoryText(project.repositories[0].full_name) for project in seeds.projects}
    for observation in sorted(fetch_observations(upstreams).rows, key=lambda one: one.observed_on):
        project_id = main_names.get(observation.repo_full_name.lower())
        if project_id is not None and observation.description is not None:
            text = texts[project_id]
            texts[project_id] = replace(
                text, description=observation.description, topics=observation.topics or text.topics
            )
    project_of = seeds.project_of_name()
    edges = (
        (
            project_of.get(edge.repo_a.lower()),
            project_of.get(edge.repo_b.lower()),
            edge.shared_people_count,
        )
        for edge in fetch_published_edges(upstreams).rows
    )
    return _subjects(texts, ((a, b, count) for a, b, count in edges if a and b and a != b))


def fetch_creation_days(upstreams: Upstreams, seeds: Seeds) -> dict[str, date]:
    """Read the day each project's repository was created, where the reference tables say so.

    Raises
    ------
    SourceError
        If a reference table cannot be read.
    """
    project_of = seeds.project_of_name()
    days: dict[str, date] = {}
    for observation in fetch_observations(upstreams).rows:
        project_id = project_of.get(observation.repo_full_name.lower())
        if project_id is not None and observation.created_at is not None:
            day = observation.created_at.date()
            days[project_id] = min(day, days.get(project_id, day))
    return days


def subjects_of(projects: pl.DataFrame, edges: pl.DataFrame) -> dict[str, Subject]:
    """The projects' texts and neighbours.

    Parameters
    ----------
    projects
        ``project_id, repo_full_name, description, topics``.
    edges
        ``project_a, project_b, shared_people_count``, each pair once.
    """
    texts = {
        project_id: RepositoryText(name, description, tuple(topics))
        for project_id, name, description, topics in projects.iter_rows()
    }
    return _subjects(texts, edges.iter_rows())


def labelled_examples(subjects: Mapping[str, Subject], seeds: Seeds, version: str) -> list[Example]:
    """Projects that people gave a domain under `version`, with a text to learn from."""
    return [
        Example(project_id, subjects[project_id], curated.domain)
        for project_id, curated in sorted(seeds.curated_domains(version).items())
        if project_id in subjects and not subjects[project_id].text.is_silent
    ]


def _subjects(
    texts: Mapping[str, RepositoryText], edges: Iterable[tuple[str, str, int]]
) -> dict[str, Subject]:
    neighbours: dict[str, list[Neighbour]] = {project_id: [] for project_id in texts}
    for a, b, count in edges:
        for one, other in ((a, b), (b, a)):
            if one in neighbours:
                neighbours[one].append(Neighbour(other, count))
    return {
        project_id: Subject(text, tuple(sorted(neighbours[project_id], key=lambda one: one.project_id)))
        for project_id, text in texts.items()
    }
