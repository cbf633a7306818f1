"""The fit and its back-test on the sample: targets, the committed seeds and page, and made series with a known answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from pipelines.cli.measured import BLOCK_END, BLOCK_START
from pipelines.completeness.backtest import Backtest, backtest_nowcast
from pipelines.completeness.changes import MEASURES
from pipelines.completeness.fit import fit_nowcast
from pipelines.completeness.report import backtest_tables, nowcast_seeds
from pipelines.floor.errors import LandscapeError
from pipelines.floor.settings import Settings
from pipelines.sources.connect import connect
from pipelines.sources.opendigger.history import fetch_history
from tests.conftest import CHECKOUT

if TYPE_CHECKING:
    from pipelines.seeds import Seeds

AFTER_THE_FIT = date(2024, 12, 1)


@pytest.fixture(scope="module")
def series() -> pl.DataFrame:
    """The healthy series of the committed sample."""
    upstreams = connect(Settings(), datetime(2026, 1, 1, tzinfo=UTC))
    history = fetch_history(upstreams, "openrank", MEASURES).rename({"repo_full_name": "project_id"})
    return history.filter(pl.col("month") < AFTER_THE_FIT)


@pytest.fixture(scope="module")
def backtest(seeds: Seeds, series: pl.DataFrame) -> Backtest:
    return backtest_nowcast(series, seeds.completeness.nowcast, "v2")


def test_twelve_months_ahead_meet_the_targets(seeds: Seeds, backtest: Backtest):
    score = backtest.score(12, 3)
    assert score.values_count > 1000
    assert score.median_factor <= 1.26
    assert score.persistence_factor is not None
    assert score.persistence_factor > 1.8
    assert score.right_sign_ratio is not None
    assert score.right_sign_ratio >= 0.92
    assert abs(score.inner_ratio - seeds.completeness.nowcast.inner_level) <= 0.03
    assert abs(score.outer_ratio - seeds.completeness.nowcast.outer_level) <= 0.03


@pytest.mark.parametrize("horizon", [3, 6, 12, 15])
def test_every_horizon_is_better_than_no_change(backtest: Backtest, horizon: int):
    for value_months in (1, 3):
        score = backtest.score(horizon, value_months)
        assert score.persistence_factor is not None
        assert score.median_factor < score.persistence_factor
        assert abs(score.inner_ratio - 0.8) <= 0.035


def test_larger_projects_have_smaller_errors(backtest: Backtest):
    small, middle, large = (backtest.score(12, 3, size) for size in ("below 10", "10 to 100", "100 and more"))
    assert small.median_factor > middle.median_factor > large.median_factor
    assert small.inner_factor > middle.inner_factor > large.inner_factor


def test_breaks_are_covered_by_their_wider_interval(backtest: Backtest):
    score = backtest.score(12, 3, "break in practice")
    assert score.inner_ratio >= 0.7
    assert score.inner_factor > 1.5 * backtest.score(12, 3).inner_factor


def test_the_level_model_is_as_good_as_the_one_that_was_tried(backtest: Backtest):
    """Tried: median factor 1.28, 80 % within 1.63."""
    score = backtest.score(None, 3)
    assert score.median_factor <= 1.28
    assert score.inner_factor <= 1.7
    assert abs(score.inner_ratio - 0.8) <= 0.03


def test_nothing_judged_was_fitted(seeds: Seeds, series: pl.DataFrame, backtest: Backtest):
    """Spoil every value from July 2022 on: the fit of the back-test stays the same."""
    spoilt = series.with_columns(
        openrank=pl.when(pl.col("month") >= date(2022, 7, 1)).then(1.0).otherwise("openrank")
    )
    assert fit_nowcast(spoilt, date(2022, 7, 1), seeds.completeness.nowcast, "v2") == backtest.model


def test_the_seeds_are_what_the_sample_gives(seeds: Seeds, series: pl.DataFrame):
    fitted = fit_nowcast(series, AFTER_THE_FIT, seeds.completeness.nowcast, "v2")
    committed = (CHECKOUT / "seeds" / "nowcast.yml").read_text(encoding="utf-8")
    assert nowcast_seeds(fitted) == committed, "run make evaluate"
    assert fitted == seeds.nowcast


def test_the_page_holds_the_measured_tables(seeds: Seeds, backtest: Backtest):
    page = (CHECKOUT / "docs" / "completeness.md").read_text(encoding="utf-8")
    block = page.partition(BLOCK_START)[2].partition(BLOCK_END)[0].strip()
    assert block == backtest_tables(backtest, seeds.completeness.nowcast), "run make evaluate"


@dataclass(frozen=True)
class Truth:
    """Coefficients that a made series follows."""

    intercept: float
    change_requests: float
    issues_new: float


def made_series(truth: Truth, projects: int, noise: float) -> pl.DataFrame:
    """Projects whose OpenRank follows their counts of the same month, without any carry."""
    generator = np.random.default_rng(5)
    rows = []
    for project in range(projects):
        walk = np.cumsum(generator.normal(0, 0.08, size=(60, 2)), axis=0)
        counts = np.array([2000.0, 1000.0]) * np.exp(walk)
        openrank = 300 * np.exp(walk @ [truth.change_requests, truth.issues_new])
        openrank *= np.exp(generator.normal(0, noise, size=60))
        rows += [
            (f"p{project}", date(2015 + at // 12, at % 12 + 1, 1), openrank[at], *counts[at])
            for at in range(60)
        ]
    return pl.DataFrame(rows, schema=["project_id", "month", "openrank", *MEASURES], orient="row")


def test_known_coefficients_come_back(seeds: Seeds):
    # Pseudo-counts of 2 % of 3,000 counts dampen a change of 2,000 by 3 % and one of 1,000 by 6 %.
    made = made_series(Truth(0.0, 0.3, 0.6), projects=60, noise=0.01)
    model = fit_nowcast(made, date(2020, 1, 1), seeds.completeness.nowcast, "made")
    twelve = next(one for one in model.horizons if one.months == 12)
    assert twelve.both.change_requests == pytest.approx(0.3 * 1.03, abs=0.015)
    assert twelve.both.issues_new == pytest.approx(0.6 * 1.06, abs=0.015)
    assert twelve.both.intercept == pytest.approx(0.0, abs=0.02)


def test_intervals_of_made_series_cover_their_level(seeds: Seeds):
    """Fitted on some projects, judged on others that follow the same law."""
    parameters = seeds.completeness.nowcast.model_copy(
        update={
            "backtest_fit_before": "2018-01",
            "backtest_from": "2018-01",
            "backtest_through": "2019-12",
            "horizons": (3, 6),
        }
    )
    found = backtest_nowcast(made_series(Truth(0.0, 0.3, 0.6), 80, noise=0.1), parameters, "made")
    for horizon in (3, 6):
        score = found.score(horizon, 3)
        assert score.inner_ratio == pytest.approx(0.8, abs=0.04)
        assert score.outer_ratio == pytest.approx(0.95, abs=0.03)


def test_the_fit_is_the_same_in_any_order(seeds: Seeds, series: pl.DataFrame):
    parameters = seeds.completeness.nowcast.model_copy(update={"horizons": (12,)})
    shuffled = series.sample(fraction=1.0, shuffle=True, seed=3)
    fits = [fit_nowcast(one, date(2022, 7, 1), parameters, "v2") for one in (series, shuffled)]
    assert fits[0] == fits[1]


def test_too_few_pairs_are_refused(seeds: Seeds, series: pl.DataFrame):
    with pytest.raises(LandscapeError, match="too few to fit"):
        fit_nowcast(series.head(30), AFTER_THE_FIT, seeds.completeness.nowcast, "v2")
