"""Contracts of the family edges."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from pipelines.tables import column

_SHARED = "Distinct persons active in both (account_classes), in the five collaboration event types"
_JACCARD = "Shared people over people active in either"
_ASSOCIATION = "Ochiai's coefficient: shared people over the geometric mean of the people of each"
_EXPECTED = "People that two of these sizes share by chance, where everyone keeps the number of places"
_P_VALUE = "Probability to share that many or more by chance, of this pair looked at by itself"
_UNSTATED = "; NULL if the source does not say"


class CollaborationWindows(dy.Schema):
    """What the edges of a source rest on: days, people and where they are active, and what the cap dropped.

    Dropped are people active in more repositories than person_repositories_cap of the thresholds.
    """

    source = column.source(primary_key=True)
    level = column.one_of(["project", "repository"], "What the edges are between", primary_key=True)
    window_start = dy.Date(description="First day with an event of these types")
    window_end = dy.Date(description="Last day with an event of these types")
    people_count = column.count("Distinct people active in any of the projects or repositories")
    memberships_count = column.count("Pairs of a person and a project or repository: M of the null model")
    meetings_count = column.count(
        "Pairs of projects or repositories that a person ties, added up over the people"
    )
    dropped_people_count = column.count("People left out for the cap")
    dropped_memberships_count = column.count("Pairs of such a person and a project or repository")
    dropped_meetings_count = column.count("Pairs of projects or repositories that such people would tie")


class CollaborationEdges(dy.Schema):
    """Pairs of projects that share people: project_a sorts before project_b, one row per window and source."""

    source = column.source()
    project_a = column.project()
    project_b = column.project()
    window_start = dy.Date(nullable=True, description=f"First day counted{_UNSTATED}")
    window_end = dy.Date(nullable=True, description=f"Last day counted{_UNSTATED}")
    shared_people_count = dy.Int64(min=1, description=_SHARED)
    people_a_count = column.count(f"Distinct people active in project_a{_UNSTATED}", nullable=True)
    people_b_count = column.count(f"Distinct people active in project_b{_UNSTATED}", nullable=True)
    jaccard = column.ratio(f"{_JACCARD}{_UNSTATED}", nullable=True)
    association = column.ratio(f"{_ASSOCIATION}{_UNSTATED}", nullable=True)
    expected_people_count = dy.Float64(min=0, nullable=True, description=f"{_EXPECTED}{_UNSTATED}")
    p_value = column.ratio(f"{_P_VALUE}{_UNSTATED}", nullable=True)

    @dy.rule()
    def pair_in_order(cls) -> pl.Expr:
        """No pair occurs twice, and none is a loop."""
        return pl.col("project_a") < pl.col("project_b")

    @dy.rule()
    def measures_follow_from_counts(cls) -> pl.Expr:
        """No more people are shared than either has, and the coefficients are those of the counts."""
        return _measures_follow()


class RepositoryEdges(dy.Schema):
    """Pairs of repositories that share people: repo_a_id is below repo_b_id, one row per window and source."""

    source = column.source(primary_key=True)
    window_start = dy.Date(primary_key=True, description="First day counted")
    window_end = dy.Date(description="Last day counted")
    repo_a_id = dy.Int64(primary_key=True, description="Number of the repository, as its events carry it")
    repo_b_id = dy.Int64(primary_key=True, description="Number of the repository, as its events carry it")
    repo_a = dy.String(description="Newest owner/name of repo_a_id in these events")
    repo_b = dy.String(description="Newest owner/name of repo_b_id in these events")
    shared_people_count = dy.Int64(min=1, description=_SHARED)
    people_a_count = column.count("Distinct people active in repo_a_id")
    people_b_count = column.count("Distinct people active in repo_b_id")
    jaccard = column.ratio(_JACCARD)
    association = column.ratio(_ASSOCIATION)
    expected_people_count = dy.Float64(min=0, description=_EXPECTED)
    p_value = column.ratio(_P_VALUE)

    @dy.rule()
    def pair_in_order(cls) -> pl.Expr:
        """No pair occurs twice, and none is a loop."""
        return pl.col("repo_a_id") < pl.col("repo_b_id")

    @dy.rule()
    def measures_follow_from_counts(cls) -> pl.Expr:
        """No more people are shared than either has, and the coefficients are those of the counts."""
        return _measures_follow()


def _measures_follow() -> pl.Expr:
    """True where nothing but the shared people is stated."""
    shared, people_a, people_b = (
        pl.col(name) for name in ("shared_people_count", "people_a_count", "people_b_count")
    )
    jaccard = shared / (people_a + people_b - shared)
    association = shared / (people_a.cast(pl.Float64) * people_b).sqrt()
    return people_a.is_null() | (
        (shared <= pl.min_horizontal(people_a, people_b))
        & ((pl.col("jaccard") - jaccard).abs() < _ROUNDING)
        & ((pl.col("association") - association).abs() < _ROUNDING)
    )


_ROUNDING = 1e-9


class EdgeEvidence(dy.Schema):
    """Who ties two projects: the people active in both, the most active first, up to edge_evidence_cap an edge.

    People are public GitHub accounts. The published network of May 2025 names none.
    """

    source = column.source(primary_key=True)
    window_start = dy.Date(primary_key=True, description="First day counted")
    window_end = dy.Date(description="Last day counted")
    project_a = column.project(primary_key=True)
    project_b = column.project(primary_key=True)
    rank = dy.Int64(
        min=1, description="By the actions in the project with fewer of them, then in both, then actor_id"
    )
    actor_id = dy.Int64(primary_key=True, description="GitHub's number of the account")
    actor_login = dy.String(description="Newest login of the account in these events")
    actions_a_count = dy.Int64(min=1, description="Events of the five types in project_a")
    actions_b_count = dy.Int64(min=1, description="Events of the five types in project_b")
    left_out_count = column.count("Further people of the same edge, who are not listed")
