# ruff: noqa: T201 - a script that speaks to who runs it
"""`make bench`: members, rankings, growth and changes of very many candidates over ten years.

Every size is measured in a process of its own, with wall seconds and the largest memory of the process. The growth
exponent is the slope between two sizes on a double logarithmic scale: 1 means twice the candidates take twice as
long. Candidates are made up: a heavy-tailed size, steady growth, and a start somewhere in the ten years.
"""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipelines.floor.periods import Month
from pipelines.landscape.changes import Vantage, compute_changes
from pipelines.landscape.denominators import count_known, existing_verdicts
from pipelines.landscape.growth import compute_domain_growth
from pipelines.landscape.membership import compute_members, windows_of
from pipelines.landscape.rankings import (
    compute_prior_means,
    rank_in_scopes,
    rank_members,
    rank_monthly,
    scopes_of,
    stars_by,
)
from pipelines.metrics.chance import Certainty
from pipelines.metrics.panel import compute_window_means, panel_of
from pipelines.seeds.rules import Profile
from tests.bench.machine import in_own_process, machine, peak_memory_gb

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = (5_000, 20_000)
MONTHS_COUNT = 120
SECONDS_LIMIT, MEMORY_LIMIT_GB = 60, 2.0

_FIRST = Month(2015, 1)
_MONTHS = [_FIRST + index for index in range(MONTHS_COUNT)]
_PROFILE = Profile(id="mean", kind="year_to_date_mean", comparison=">", threshold=10.0, reason="a bench")
_DOMAINS_COUNT = 20
_LEAST_KNOWN = 0.33


@dataclass(frozen=True, slots=True)
class Measured:
    """Wall time of each part, and the largest memory of the process."""

    seconds: dict[str, float]
    memory_gb: float

    @property
    def total_s(self) -> float:
        return sum(self.seconds.values())


@dataclass(frozen=True, slots=True)
class Candidates:
    """Made-up projects in the frames that the pure functions take."""

    created: pl.DataFrame
    openrank: pl.DataFrame
    domains: pl.DataFrame


def candidates_of(count: int) -> Candidates:
    """`count` projects; the same for the same count."""
    random = np.random.default_rng(count)
    ids = np.array([f"project-{number:05d}" for number in range(count)])
    starts = random.integers(0, MONTHS_COUNT, count)
    sizes = random.lognormal(1.0, 1.6, count)
    project, month = np.nonzero(np.arange(MONTHS_COUNT) >= starts[:, None])
    values = sizes[project] * random.lognormal(0.0, 0.3, len(project))
    days = np.array([month.first_day for month in _MONTHS], dtype="datetime64[D]")
    openrank = pl.DataFrame(
        {"project_id": ids[project], "month": days[month], "value": values, "low": values, "high": values}
    )
    created_at = pl.Series(
        [datetime(_MONTHS[start].year, _MONTHS[start].month, 1, tzinfo=UTC) for start in starts]
    ).dt.replace_time_zone(None)
    domains = pl.DataFrame({"project_id": ids}).with_columns(
        taxonomy_version=pl.lit("bench"),
        layer=pl.lit("layer"),
        domain=pl.Series([f"domain {number % _DOMAINS_COUNT}" for number in range(count)]),
        subdomain=pl.lit(None, dtype=pl.String),
    )
    return Candidates(pl.DataFrame({"project_id": ids, "created_at": created_at}), openrank, domains)


def measured(count: int, as_of_months: Sequence[Month]) -> Measured:
    """Walk from monthly values to every answer about `as_of_months`."""
    made = candidates_of(count)
    seconds: dict[str, float] = {}
    begun = time.perf_counter()

    def lap(part: str) -> None:
        seconds[part] = time.perf_counter() - begun - sum(seconds.values())

    windows = windows_of(_PROFILE, as_of_months)
    columns = ("project_id", "repo_full_name", "answer", "detail")
    no_answers = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))  # every project has a series
    panel = panel_of(made.created["project_id"], made.openrank, made.openrank.select("project_id", "month"))
    lap("panel")
    members = compute_members(made.created, panel, no_answers, as_of_months, _PROFILE, Certainty(0.8, 0.9))
    lap("members")
    means = compute_window_means(panel, windows)
    prior_means = compute_prior_means(panel, made.created, windows)
    lap("means")
    stars = stars_by(
        made.created.select(
            "project_id", observed_on=pl.col("created_at").dt.date(), stars_count=pl.lit(1, pl.Int64)
        ),
        as_of_months,
    )
    existing = existing_verdicts(members, made.created)
    ranked = rank_members(
        members, means, prior_means, stars, windows, count_known(existing, "as_of_month"), _LEAST_KNOWN
    )
    del stars
    lap("rankings")
    scopes = scopes_of(made.domains)
    rank_in_scopes(ranked, scopes, existing, _LEAST_KNOWN)
    lap("rankings by scope")
    compute_domain_growth(made.domains, means, prior_means, _LEAST_KNOWN)
    del means, prior_means, ranked
    lap("domain growth")
    seen = made.openrank.filter(pl.col("month").is_in([month.first_day for month in as_of_months]))
    rank_monthly(seen, scopes, made.created, _LEAST_KNOWN)
    lap("ranks monthly")
    vantages = [Vantage(month, _PROFILE.id, "bench") for month in as_of_months]
    no_names = pl.DataFrame(
        schema={"project_id": pl.String, "repo_full_name": pl.String, "first_seen_on": pl.Date}
    )
    compute_changes(members, made.domains, no_names, list(itertools.pairwise(vantages)))
    lap("changes")
    return Measured(seconds, peak_memory_gb())


def main() -> None:
    """Measure both sizes over all months, and the larger one at a single month."""
    print(f"{machine()}\n")
    found = {count: in_own_process(measured, count, _MONTHS) for count in SIZES}
    for count, got in found.items():
        parts = ", ".join(f"{part} {seconds:.1f}" for part, seconds in got.seconds.items())
        print(
            f"{count:,} candidates x {MONTHS_COUNT} as-of months: {got.total_s:.1f} s, {got.memory_gb:.2f} GB ({parts})"
        )
    small, large = SIZES
    exponent = math.log(found[large].total_s / found[small].total_s) / math.log(large / small)
    is_within = found[large].total_s < SECONDS_LIMIT and found[large].memory_gb < MEMORY_LIMIT_GB
    one_month = in_own_process(measured, large, _MONTHS[-1:])
    print(f"growth exponent {exponent:.2f}; one as-of month of {large:,}: {one_month.total_s:.1f} s")
    print(f"{'within' if is_within else 'over'} {SECONDS_LIMIT} s and {MEMORY_LIMIT_GB:g} GB")
