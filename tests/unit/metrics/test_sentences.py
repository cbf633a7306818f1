"""A column of sentences says what each message of it says."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.floor.messages import Message, in_english
from pipelines.metrics.sentences import filled


@pytest.mark.parametrize("observed", [0, 1, 12, 999, 1_000, 1_001, 45_006, 999_999, 1_000_000, 203_004_005])
@pytest.mark.parametrize("expected", [1, 7_872, 1_234_567])
def test_a_column_is_written_as_its_messages_are(observed, expected):
    counts = pl.DataFrame({"observed_count": [observed], "expected_count": [expected]})
    (written,) = counts.select(
        filled("hour.thin", observed_count=pl.col("observed_count"), expected_count=pl.col("expected_count"))
    ).to_series()
    message = Message("hour.thin", {"observed_count": observed, "expected_count": expected})
    assert written == in_english(message)


def test_a_sentence_without_a_value_is_unknown():
    counts = pl.DataFrame({"n": [None]}, schema={"n": pl.Int64})
    assert (
        counts.select(filled("hour.thin", observed_count=pl.col("n"), expected_count=pl.lit(1))).item()
        is None
    )
