"""The bench of exploration finds something, so that its seconds are those of a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sources.gharchive.layout import month_path
from tests.bench.exploration import RULES, measured
from tests.bench.months import MONTH, write_month

if TYPE_CHECKING:
    from pathlib import Path


def test_two_hops_are_made_and_measured(tmp_path: Path):
    write_month(month_path(tmp_path, MONTH), 60_000, seed=1)
    got = measured(tmp_path, RULES.model_copy(update={"least_shared_people": 1}))
    assert len(got.people_counts) == 2
    assert got.found_counts[0] == 50
    assert min(got.scan_s, got.grouping_s, got.gathering_s, got.hops_s, got.memory_gb) > 0
