"""How far two sources agree about the OpenRank of the same repositories."""

from __future__ import annotations

import numpy as np
import polars as pl

FEWEST_COMPARED = 3
"""Of two repositories the order is right or wrong: no correlation."""

_RESULT = pl.Schema(
    {
        "repositories_count": pl.Int64(),
        "rank_correlation": pl.Float64(),
        "ratio_lower_quartile": pl.Float64(),
        "ratio_median": pl.Float64(),
        "ratio_upper_quartile": pl.Float64(),
    }
)


def compare_openrank(values: pl.DataFrame) -> pl.DataFrame:
    """Compare two values of each repository, month by month.

    Parameters
    ----------
    values
        ``month, vintage, opendigger_vintage``, and of a repository ``openrank`` and ``opendigger_openrank``, both
        above 0.

    Returns
    -------
    polars.DataFrame
        A row per month and vintages, in their order: ``repositories_count``; ``rank_correlation``, Spearman's, None
        for fewer than `FEWEST_COMPARED` repositories or where one source has them all alike; and the quartiles of
        ``openrank / opendigger_openrank``.

    References
    ----------
    C. Spearman (1904), The Proof and Measurement of Association between Two Things.

    Examples
    --------
    >>> both = pl.DataFrame({"month": ["2025-01"] * 3, "vintage": ["v3"] * 3, "opendigger_vintage": ["v2"] * 3,
    ...     "openrank": [1.0, 2.0, 9.0], "opendigger_openrank": [2.0, 2.5, 3.0]})
    >>> compare_openrank(both).select("repositories_count", "rank_correlation", "ratio_median").rows()
    [(3, 1.0, 0.8)]
    """
    key = ["month", "vintage", "opendigger_vintage"]
    schema = pl.Schema({name: values.schema[name] for name in key} | dict(_RESULT))
    rows = [
        (*group, *_agreement(rows["openrank"].to_numpy(), rows["opendigger_openrank"].to_numpy()))
        for group, rows in values.group_by(key)
    ]
    return pl.DataFrame(rows, schema=schema, orient="row").sort(key)


def _agreement(ours: np.ndarray, theirs: np.ndarray) -> tuple[int, float | None, float, float, float]:
    lower, median, upper = (round(float(ratio), 6) for ratio in np.quantile(ours / theirs, (0.25, 0.5, 0.75)))
    is_comparable = len(ours) >= FEWEST_COMPARED and all(len(np.unique(side)) > 1 for side in (ours, theirs))
    both = pl.DataFrame({"ours": ours, "theirs": theirs})
    spearman = pl.corr("ours", "theirs", method="spearman")
    correlation = round(float(both.select(spearman).item()), 6) if is_comparable else None
    return len(ours), correlation, lower, median, upper
