"""Calendar arithmetic."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.floor.periods import Hour, Month, Window, hours_between, last_complete_month, months_between

months = st.builds(Month, st.integers(1990, 2100), st.integers(1, 12))


@given(months, st.integers(-500, 500))
def test_adding_and_subtracting_cancel(month, distance):
    assert month + distance - distance == month
    assert (month + distance > month) == (distance > 0)


@given(months)
def test_text_reads_back(month):
    assert Month.parse(str(month)) == month
    assert Month.of(month.last_day) == month
    assert month.last_day + timedelta(days=1) == (month + 1).first_day


@pytest.mark.parametrize(
    "text", ["2025-13", "2025-00", "2025-4", "2025", "2025-04-01", " 2025-04", "", "٢٠٢٥-04"]
)
def test_anything_but_a_month_is_refused(text):
    with pytest.raises(ValueError, match="YYYY-MM"):
        Month.parse(text)


def test_a_month_lies_in_the_calendar():
    with pytest.raises(ValueError, match=r"year must be 1\.\.9999, not 0"):
        Month.parse("0000-01")


def test_archive_name_has_no_zero_pad():
    assert Hour.parse("2015-01-01T01").file_name == "2015-01-01-1.json.gz"
    assert Hour.parse("2015-01-01-13").file_name == "2015-01-01-13.json.gz"


@pytest.mark.parametrize("text", ["2015-01-01T24", "2015-02-30T01", "2015-01-01", "2015-01-01T1Z"])
def test_anything_but_an_hour_is_refused(text):
    with pytest.raises(ValueError):
        Hour.parse(text)


def test_month_is_complete_only_when_it_has_ended_in_utc():
    east = timezone(timedelta(hours=8))
    assert last_complete_month(datetime(2025, 5, 1, 7, 59, tzinfo=east)) == Month(2025, 3)
    assert last_complete_month(datetime(2025, 5, 1, 8, 0, tzinfo=east)) == Month(2025, 4)


def test_windows():
    window = Window.year_to_date(Month(2025, 4))
    assert [str(month) for month in window.months] == ["2025-01", "2025-02", "2025-03", "2025-04"]
    assert str(window.years_earlier(1)) == "2024-01..2024-04"
    with pytest.raises(ValueError, match="before it starts"):
        Window(Month(2025, 2), Month(2025, 1))


def test_ranges_hold_both_ends():
    assert len(list(hours_between(Hour.parse("2015-01-01T22"), Hour.parse("2015-01-02T01")))) == 4
    assert len(list(months_between(Month(2024, 11), Month(2025, 2)))) == 4
    assert list(months_between(Month(2025, 2), Month(2025, 1))) == []
    assert Hour(datetime(2015, 1, 1, 5, 59, tzinfo=UTC)).start.minute == 0
    assert Month.of(date(2025, 4, 30)).first_day == date(2025, 4, 1)
