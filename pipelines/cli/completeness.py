"""``landscape completeness``: how well the nowcast of OpenRank works, and the seeds that are fitted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import polars as pl
import typer

from pipelines.cli.console import say
from pipelines.cli.measured import write_measured
from pipelines.completeness.backtest import backtest_nowcast
from pipelines.completeness.changes import MEASURES
from pipelines.completeness.fit import fit_nowcast
from pipelines.completeness.report import backtest_tables, nowcast_seeds
from pipelines.floor.files import write_whole
from pipelines.floor.periods import Month
from pipelines.floor.settings import CHECKOUT, DataProfile, load_settings
from pipelines.seeds import load_seeds
from pipelines.sources.connect import connect
from pipelines.sources.opendigger.history import fetch_history
from pipelines.sources.opendigger.source import vintage_on


def evaluate(
    *,
    write: Annotated[
        bool, typer.Option("--write", help="Put tables into docs/completeness.md, and seeds/nowcast.yml.")
    ] = False,
) -> None:
    """Measure the nowcast on the healthy series of the committed sample, and fit its coefficients.

    Works offline and without a build. The tables come from a fit on the months before July 2022 that is judged
    on those from December 2022 on; the coefficients in use come from all healthy months.

    Example: landscape completeness evaluate --write
    """
    settings = load_settings()
    seeds = load_seeds(settings.seeds_dir)
    upstreams = connect(settings.with_profile(DataProfile.SAMPLE), datetime.now(UTC))
    parameters = seeds.completeness.nowcast
    after = (Month.parse(parameters.fit_through) + 1).first_day
    series = (
        fetch_history(upstreams, "openrank", MEASURES)
        .rename({"repo_full_name": "project_id"})
        .filter(pl.col("month") < after)
    )
    vintage = vintage_on(seeds, upstreams.retrieved_at.date())
    text = backtest_tables(backtest_nowcast(series, parameters, vintage), parameters)
    say(text)
    if write:
        write_measured(CHECKOUT / "docs" / "completeness.md", text)
        fitted = nowcast_seeds(fit_nowcast(series, after, parameters, vintage))
        write_whole(CHECKOUT / "seeds" / "nowcast.yml", [fitted.encode()])
