"""Builds of the family members."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import polars as pl

from pipelines.landscape.changes import Vantage, compute_changes
from pipelines.landscape.membership import compute_members
from pipelines.landscape.watch_list import WatchBand, compute_watch_list
from pipelines.tables.inputs import (
    AS_OF_RANGE,
    CANDIDATES,
    CURATED_DOMAINS,
    MEMBERS,
    OPENRANK,
    OPENRANK_ANSWERS,
    RETRIEVED,
)
from pipelines.tables.members.contract import (
    LandscapeChanges,
    LandscapeMembers,
    MembershipProfiles,
    MembershipWatchList,
)
from pipelines.tables.months import as_of_months
from pipelines.tables.panel import certainty_of, openrank_panel
from pipelines.tables.rows import frame_of
from pipelines.tables.table import Frames, Table, published

if TYPE_CHECKING:
    from pipelines.seeds import Seeds
    from pipelines.seeds.rules import Profile

_MAIN_NAMES = (
    "SELECT n.project_id, n.repo_full_name, r.first_seen_at::DATE AS first_seen_on FROM core.project_names AS n"
    " JOIN mart.project_repos AS r USING (project_id, repo_full_name) WHERE n.repository_rank = 0"
)
"""Names of each project's main repository, with the day each was first seen."""


def list_profiles(seeds: Seeds) -> pl.DataFrame:
    """The curated rules of membership."""
    return frame_of(
        MembershipProfiles,
        [
            (profile.id, profile.kind, profile.months, profile.comparison, profile.threshold, profile.reason)
            for profile in seeds.profiles
        ],
    )


def judge_members(
    *,
    candidates: pl.DataFrame,
    openrank: pl.DataFrame,
    retrieved: pl.DataFrame,
    answers: pl.DataFrame,
    as_of_range: pl.DataFrame,
    seeds: Seeds,
) -> pl.DataFrame:
    """Apply every profile to every candidate at every as-of month."""
    panel = openrank_panel(candidates["project_id"], openrank, retrieved, seeds)
    months = as_of_months(as_of_range)
    return pl.concat(
        [
            compute_members(candidates, panel, answers, months, profile, certainty_of(seeds))
            for profile in _membership_profiles(seeds)
        ]
    )


def watch_members(members: pl.DataFrame, openrank: pl.DataFrame, seeds: Seeds) -> pl.DataFrame:
    """Projects near the line of a profile, with the direction of their last month."""
    band = WatchBand(
        width_ratio=seeds.threshold("watch_list_width_ratio"),
        steady_ratio=seeds.threshold("watch_list_steady_ratio"),
    )
    return pl.concat(
        [
            compute_watch_list(members.filter(profile=profile.id), openrank, profile, band)
            for profile in _membership_profiles(seeds)
        ]
    )


def compare_landscapes(
    members: pl.DataFrame,
    domains: pl.DataFrame,
    names: pl.DataFrame,
    as_of_range: pl.DataFrame,
    seeds: Seeds,
) -> pl.DataFrame:
    """Compare each as-of month with the one before."""
    profile_id, taxonomy_version = seeds.field.profile, seeds.field.taxonomy
    vantages = [Vantage(as_of, profile_id, taxonomy_version) for as_of in as_of_months(as_of_range)]
    return compute_changes(members, domains, names, list(itertools.pairwise(vantages)))


def _membership_profiles(seeds: Seeds) -> list[Profile]:
    return sorted(seeds.profiles, key=lambda profile: profile.id)


TABLES: tuple[Table, ...] = (
    published(MembershipProfiles, "warehouse", Frames(list_profiles)),
    published(
        LandscapeMembers,
        "landscape",
        Frames(
            judge_members,
            candidates=CANDIDATES,
            openrank=OPENRANK,
            retrieved=RETRIEVED,
            answers=OPENRANK_ANSWERS,
            as_of_range=AS_OF_RANGE,
        ),
    ),
    published(
        MembershipWatchList,
        "landscape",
        Frames(watch_members, members="FROM mart.landscape_members", openrank=OPENRANK),
    ),
    published(
        LandscapeChanges,
        "landscape",
        Frames(
            compare_landscapes,
            members=MEMBERS,
            domains=CURATED_DOMAINS,
            names=_MAIN_NAMES,
            as_of_range=AS_OF_RANGE,
        ),
    ),
)
