"""Parameters of OpenRank, of the network, and of the exploration."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    Field,
    NonNegativeInt,
    PositiveInt,
)

from pipelines.seeds.entries import Entry, Identifier, Ratio, RepositoryName, Text, Weight


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
