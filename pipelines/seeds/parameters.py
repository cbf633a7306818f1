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


class OpenrankParameters(Entry):
    """The network that OpenRank is computed on, and its iteration; see `pipelines.graph.openrank`."""

    repo_retention: Ratio
    """Share of a repository's initial value in its value; the rest flows in along the edges."""
    actor_retention: Ratio
    """The same of a person."""
    background_retention: Ratio
    """The same of the background."""
    background_share: Ratio
    """Share of each node's weight that goes to the background, which gives it back to all nodes alike."""
    attention_midpoint: float
    """Middle of the logistic curve from the activity of a person in the month to what the person brings in anew."""
    attention_slope: float
    """Slope of that curve."""
    tolerance: Ratio
    """Largest change of any value in a sweep, relative to that value, at which the iteration ends. Above the rounding
    of sums, about 1e-15, or it never would."""


class Openrank(OpenrankParameters):
    """Activity, the network that OpenRank is computed on, and what is carried on."""

    vintage: Identifier
    """Version of the algorithm, as in ``upstreams/opendigger_vintages.yml``: raise it when a value changes."""
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


class ExplorationRules(Entry):
    """How far a search goes, and what counts as found; see `pipelines.graph.exploration`."""

    hops: PositiveInt
    """Frontiers to start from, at most."""
    limit_per_hop: PositiveInt
    """Repositories found in a hop, at most."""
    least_shared_people: PositiveInt
    """People that a repository shares with those it is reached from, at least."""
    largest_p_value: Annotated[float, Field(gt=0, le=1)]
    """Of sharing that many people by chance, at most."""


class Exploration(ExplorationRules):
    """The search from the field's own seeds."""

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
    """``repository_kinds.yml``: how lists, documentation, forks and mirrors differ from software."""

    repository_kinds: tuple[RepositoryKind, ...]
    common_repository_names: tuple[Text, ...]
    """Names that many owners use for different things: two repositories of such a name are no copies."""


class CommunityParameters(Entry):
    """How communities are looked for; see `pipelines.graph.communities`."""

    runs_count: Annotated[int, Field(ge=2)]
    """Runs of the method, each with a seed of its own, from 1 on."""
    resolution: Annotated[float, Field(gt=0)]
    """Of modularity: above 1 favours smaller communities, below 1 larger ones."""


class NetworkCommunities(CommunityParameters):
    """How communities are looked for, and why so."""

    reason: Text


class LayoutParameters(Entry):
    """How the network is drawn; see `pipelines.graph.layout`."""

    seed: NonNegativeInt
    """Of the places where the forces start."""
    iterations: PositiveInt
    """Steps of the forces."""
    jitter_tolerance: Annotated[float, Field(gt=0)]
    """How far projects may swing back and forth: large values are quick, but above about 0.1 a difference in the last
    digit of a number, as between two processors, ends in another picture."""
    gravity: Annotated[float, Field(gt=0)]
    """Pull to the centre: what hangs on the core by few edges drifts less far from it."""
    spacing_ratio: Ratio
    """Least distance across of two projects of the largest component, over that of an even grid of all, 2 / √n; up
    and down it is less by `pipelines.graph.layout.LABEL_ASPECT`."""


class NetworkLayout(LayoutParameters):
    """How the network is drawn, and why so."""

    reason: Text


class Network(Entry):
    """How the collaboration network is divided and drawn."""

    communities: NetworkCommunities
    layout: NetworkLayout


class NetworkFile(Entry):
    """``network.yml``: parameters of communities and layout."""

    network: Network
