"""How projects, domains and technology areas grow: year on year, by quarter, in spikes, plateaus and overtakings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.floor.periods import QUARTER_MONTHS, Month, Window

if TYPE_CHECKING:
    from datetime import date

_YEAR_MONTHS = 12


def compute_domain_growth(
    domains: pl.DataFrame, means: pl.DataFrame, prior_means: pl.DataFrame, least_compared_ratio: float
) -> pl.DataFrame:
    """Change of each domain and subdomain against the same months one year before.

    Parameters
    ----------
    domains
        ``project_id, layer, domain, subdomain``: the projects of each domain; subdomain null if none.
    means
        From `pipelines.metrics.panel.compute_window_means`.
    prior_means
        From `pipelines.landscape.rankings.compute_prior_means`, over the same windows.
    least_compared_ratio
        With fewer compared of the projects that a box has, its growth is unknown.

    Returns
    -------
    pl.DataFrame
        Rows of the contract ``domain_growth``: one a domain with subdomain null, which holds all projects of
        the domain, and one a subdomain.

    Notes
    -----
    Compared are the projects with a mean in both windows; one created after the earlier window counts there
    with 0. Every labelled project may be compared, member or not: comparing the members alone would leave out
    those that fell below the line and show growth where there is none. Both sums are over the compared
    projects, and the ratio is null where the earlier sum is 0 or too few could be compared: what is missing may have
    gone the other way.
    """
    whole = domains.filter(pl.col("domain").is_not_null()).with_columns(subdomain=pl.lit(None, pl.String))
    boxes = pl.concat([whole, domains.filter(pl.col("subdomain").is_not_null())]).select(
        "project_id", "layer", "domain", "subdomain"
    )
    is_compared = pl.col("openrank_mean").is_not_null() & pl.col("openrank_prior_mean").is_not_null()
    current, prior = pl.col("openrank_sum"), pl.col("openrank_prior_sum")
    return (
        boxes.join(
            means.select("as_of_month", "project_id", "openrank_mean", "nowcast_months_count"),
            on="project_id",
        )
        .join(prior_means, on=["as_of_month", "project_id"], how="left")
        .sort("as_of_month", "project_id")
        .group_by("as_of_month", "layer", "domain", "subdomain", maintain_order=True)
        .agg(
            projects_count=pl.len().cast(pl.Int64),
            compared_projects_count=is_compared.sum().cast(pl.Int64),
            openrank_sum=pl.col("openrank_mean").filter(is_compared).sum(),
            openrank_prior_sum=pl.col("openrank_prior_mean").filter(is_compared).sum(),
            uncompared_project_ids=pl.col("project_id").filter(~is_compared).sort(),
            basis=pl.when((is_compared & (pl.col("nowcast_months_count") > 0)).any())
            .then(pl.lit("nowcast"))
            .otherwise(pl.lit("published")),
        )
        .with_columns(
            pl.when(pl.col("compared_projects_count") > 0).then(column).alias(name)
            for name, column in {"openrank_sum": current, "openrank_prior_sum": prior}.items()
        )
        .with_columns(
            growth_ratio=pl.when((prior > 0) & _is_enough(least_compared_ratio)).then(current / prior - 1)
        )
        .sort("as_of_month", "layer", "domain", "subdomain", nulls_last=False)
    )


def _is_enough(least_compared_ratio: float) -> pl.Expr:
    return pl.col("compared_projects_count") >= least_compared_ratio * pl.col("projects_count")


def month_over_month(openrank: pl.DataFrame) -> pl.DataFrame:
    """Each value over the value of the calendar month before it.

    Parameters
    ----------
    openrank
        ``project_id, month, value``.

    Returns
    -------
    pl.DataFrame
        ``project_id, month, value, previous_value, ratio``; a month whose predecessor has no value, or the
        value 0, has no row: across a hole there is no month-over-month ratio.
    """
    values = openrank.filter(pl.col("value").is_not_null()).select("project_id", "month", "value")
    previous = values.select(
        "project_id", month=pl.col("month").dt.offset_by("1mo"), previous_value="value"
    ).filter(pl.col("previous_value") > 0)
    return (
        values.join(previous, on=["project_id", "month"])
        .with_columns(ratio=pl.col("value") / pl.col("previous_value"))
        .sort("project_id", "month")
    )


def compute_quarter_growth(openrank: pl.DataFrame, quarter_start: Month) -> pl.DataFrame:
    """Average growth in a quarter: the mean of the two month-over-month ratios inside it, minus 1.

    Parameters
    ----------
    openrank
        ``project_id, month, value``.
    quarter_start
        First month of the quarter; the month before it is not looked at.

    Returns
    -------
    pl.DataFrame
        ``project_id, growth_ratio``, only for projects with all three months.

    Examples
    --------
    vLLM, 2025 Q1: 489.91, 581.19, 667.56 give (18.6 % + 14.9 %) / 2, published as 17 %.
    """
    inside = Window(quarter_start + 1, quarter_start + QUARTER_MONTHS - 1)
    return (
        month_over_month(openrank)
        .filter(pl.col("month").is_between(inside.start.first_day, inside.end.first_day))
        .group_by("project_id", maintain_order=True)
        .agg(growth_ratio=pl.col("ratio").mean() - 1, ratios_count=pl.len())
        .filter(pl.col("ratios_count") == len(inside.months))
        .select("project_id", "growth_ratio")
        .sort("project_id")
    )


def find_spikes(
    openrank: pl.DataFrame, created: pl.DataFrame, least_ratio: float, least_value: float
) -> pl.DataFrame:
    """Months that are many times the month before.

    Parameters
    ----------
    openrank
        ``project_id, month, value``.
    created
        ``project_id, created_at``; null is unknown.
    least_ratio
        How many times, at least.
    least_value
        Values below it make no spike: ratios of small numbers say little.

    Returns
    -------
    pl.DataFrame
        As `month_over_month`, the highest ratio first. The second month of a project is none: the first, in which it
        was created, is a part of a month. Of a project of unknown creation the first month with a value counts as that.
    """
    first = (
        openrank.filter(pl.col("value").is_not_null())
        .group_by("project_id")
        .agg(first_value=pl.col("month").min())
        .join(created, on="project_id", how="left")
        .select(
            "project_id",
            first_month=pl.coalesce(pl.col("created_at").dt.date().dt.month_start(), "first_value"),
        )
    )
    return (
        month_over_month(openrank)
        .join(first, on="project_id")
        .filter(
            pl.col("ratio") >= least_ratio,
            pl.col("value") >= least_value,
            pl.col("month") != pl.col("first_month").dt.offset_by("1mo"),
        )
        .drop("first_month")
        .sort("ratio", "project_id", "month", descending=[True, False, False])
    )


def find_crossover(openrank: pl.DataFrame, riser: str, other: str) -> tuple[date | None, date | None]:
    """When one project passed another.

    Parameters
    ----------
    openrank
        ``project_id, month, value``.
    riser, other
        Projects; asked is when `riser` passed `other`.

    Returns
    -------
    first_month
        First month in which `riser` is above after a month in which it was not; None if it never passed.
    month_for_good
        First month from which it is above in every later month in which both have a value; None if it is
        not above at the end, or was never below.
    """
    ours, theirs = (
        openrank.filter(pl.col("project_id") == project_id, pl.col("value").is_not_null())
        for project_id in (riser, other)
    )
    both = (
        ours.select("month", "value")
        .join(theirs.select("month", other_value="value"), on="month")
        .sort("month")
        .with_columns(is_above=pl.col("value") > pl.col("other_value"))
        .with_columns(was_above=pl.col("is_above").shift())
    )
    passing = both.filter(pl.col("is_above") & ~pl.col("was_above"))["month"]
    if passing.is_empty():
        return None, None
    return passing[0], passing[-1] if both["is_above"][-1] else None


def find_plateaus(openrank: pl.DataFrame, least_months: int, spread_ratio: float) -> pl.DataFrame:
    """Runs of months whose values stay close together.

    Parameters
    ----------
    openrank
        ``project_id, month, value``.
    least_months
        Shortest run that counts.
    spread_ratio
        Highest minus lowest value of a run, over its mean, at most.

    Returns
    -------
    pl.DataFrame
        ``project_id, first_month, last_month, months_count, openrank_mean``. Each run is taken as long as it
        goes from its earliest possible month on, and runs do not overlap; a missing month ends one.
    """
    rows = []
    ordered = openrank.filter(pl.col("value").is_not_null()).sort("project_id", "month")
    for (project_id,), series in ordered.group_by("project_id", maintain_order=True):
        months = [Month.of(day) for day in series["month"]]
        values = series["value"].to_list()
        start = 0
        while start <= len(values) - least_months:
            end = _plateau_end(months, values, start, spread_ratio)
            length = end - start
            if length < least_months:
                start += 1
                continue
            mean = sum(values[start:end]) / length
            rows.append((project_id, months[start].first_day, months[end - 1].first_day, length, mean))
            start = end
    return pl.DataFrame(
        rows,
        schema={
            "project_id": pl.String,
            "first_month": pl.Date,
            "last_month": pl.Date,
            "months_count": pl.Int64,
            "openrank_mean": pl.Float64,
        },
        orient="row",
    )


def _plateau_end(months: list[Month], values: list[float], start: int, spread_ratio: float) -> int:
    """Index after the last month of the longest even run that begins at `start`."""
    lowest = highest = total = values[start]
    end = start + 1
    while end < len(values) and months[end] == months[end - 1] + 1:
        lowest, highest = min(lowest, values[end]), max(highest, values[end])
        total += values[end]
        if highest - lowest > spread_ratio * total / (end + 1 - start):
            break
        end += 1
    return end


def first_complete_months(openrank: pl.DataFrame, created: pl.DataFrame) -> pl.DataFrame:
    """OpenRank of each project's first whole month: the calendar month after the one it was created in.

    Parameters
    ----------
    openrank
        ``project_id, month, value``.
    created
        ``project_id, created_at``; rows without a date are ignored.

    Returns
    -------
    pl.DataFrame
        ``project_id, created_at, month, value``, newest project first; without a value in that month, no row.
    """
    return (
        created.filter(pl.col("created_at").is_not_null())
        .with_columns(month=pl.col("created_at").dt.date().dt.month_start().dt.offset_by("1mo"))
        .join(openrank.select("project_id", "month", "value"), on=["project_id", "month"])
        .select("project_id", "created_at", "month", "value")
        .sort("created_at", "project_id", descending=[True, False])
    )


def compute_area_years(areas: pl.DataFrame, openrank: pl.DataFrame, retrieved: pl.DataFrame) -> pl.DataFrame:
    """Annual OpenRank of technology areas, and how much of each area it covers.

    Parameters
    ----------
    areas
        ``area, repo_key``: the repositories that each area names, lower case; one may be in several areas.
    openrank
        ``repo_key, month, openrank``: of one source and vintage.
    retrieved
        ``repo_key, month``: months in which the source was asked.

    Returns
    -------
    pl.DataFrame
        Rows of the contract ``technology_area_annual``: area by year, for every year with a value.
    """
    labelled = areas.unique().sort("area", "repo_key")
    sizes = labelled.group_by("area").agg(repos_count=pl.len().cast(pl.Int64))
    year = pl.col("month").dt.year().cast(pl.Int64)
    sums = (
        labelled.join(openrank, on="repo_key")
        .with_columns(year=year)
        # A sum of floats depends on its order.
        .sort("area", "year", "repo_key", "month")
        .group_by("area", "year", maintain_order=True)
        .agg(
            openrank_sum=pl.col("openrank").sum(),
            months_count=pl.col("month").n_unique().cast(pl.Int64),
        )
    )
    covered = (
        retrieved.unique()
        .with_columns(year=year)
        .group_by("repo_key", "year")
        .agg(retrieved_months_count=pl.len())
        .filter(pl.col("retrieved_months_count") == _YEAR_MONTHS)
        .join(labelled, on="repo_key")
        .group_by("area", "year")
        .agg(covered_repos_count=pl.len().cast(pl.Int64))
    )
    return (
        sums.join(sizes, on="area")
        .join(covered, on=["area", "year"], how="left")
        .with_columns(pl.col("covered_repos_count").fill_null(0))
        .select("area", "year", "openrank_sum", "months_count", "repos_count", "covered_repos_count")
        .sort("area", "year")
    )
