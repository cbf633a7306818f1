"""`landscape compare` on the sample: the published card as far as the data goes, series on one axis."""

from __future__ import annotations

import pytest


@pytest.fixture
def card(rows):
    return {
        (row["measure"], row["project_id"]): row
        for row in rows("compare", "vllm", "SGLang", "--as-of", "2025-04")
    }


def test_the_published_card_as_far_as_the_data_goes(card):
    given = {
        ("openrank", "vllm"): "615.46 (4 of 4 months)",
        ("openrank", "sglang"): "269.25 (4 of 4 months)",
        ("openrank year on year", "vllm"): "+358.37",
        ("openrank growth 2025 Q1", "vllm"): "+16.7%",
        ("openrank growth 2024 Q4", "vllm"): "-0.7%",
        ("shared people", "vllm"): "sglang 810",
        ("rank", "sglang"): "8",
    }
    assert {key: card[key]["value"] for key in given} == given


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (("openrank growth 2024 Q4", "sglang"), "no value in 2024-10, 2024-11, 2024-12"),
        (("openrank year on year", "sglang"), "0 of 4 months of 2024-01..2024-04 were retrieved: unknown, not 0"),
        (("participants", "vllm"), "no series of this metric was retrieved for it"),
    ],
)  # fmt: skip
def test_an_unavailable_value_says_why(card, key, why):
    assert (card[key]["value"], card[key]["not_available"]) == (None, why)


def test_published_figures_are_shown_with_values_that_contradict_them(card):
    assert card["published: participants", "vllm"]["value"] == "12,332"
    assert card["published: community size", "vllm"]["value"] == "3,161"
    assert card["published: participants", "sglang"]["definition"] == "window and definition not stated"


def test_every_value_has_a_window_or_a_definition(card):
    assert all(row["definition"] for row in card.values() if row["value"])
    assert all((row["value"] is None) != (row["not_available"] is None) for row in card.values())


def test_the_table_has_a_row_a_measure(run):
    finished = run("compare", "vllm", "sglang")
    values, reasons, meanings = finished.stdout.split("\n\n")
    assert values.count("stars in all") == meanings.count("stars in all") == 1
    assert "not available:" in reasons
    assert "none (1)" in values


def test_series_by_age_and_by_calendar_hold_the_same_values(rows):
    by_age = rows("compare", "vllm", "pytorch", "--align", "age")
    by_month = rows("compare", "vllm", "pytorch", "--align", "calendar")

    def openrank(series, axis):
        of_vllm = [row for row in series if (row["metric_id"], row["project_id"]) == ("openrank", "vllm")]
        return {row[axis]: row["value"] for row in of_vllm if row["value"]}

    ages, calendar = openrank(by_age, "age_months"), openrank(by_month, "month")
    assert list(ages.values()) == list(calendar.values())
    assert ages[26] == calendar["2025-04-01"] == 723.17, "created in 2023-02"
    assert max(calendar) == "2025-04-01"


def test_a_broken_month_is_a_nowcast_or_unknown_in_series_and_card(rows):
    series = rows("compare", "vllm", "dask", "--align", "calendar", "--as-of", "2026-07")
    found = {(row["project_id"], row["month"]): row for row in series if row["metric_id"] == "openrank"}
    nowcast, unknown = found["vllm", "2026-07-01"], found["dask", "2026-07-01"]
    assert (nowcast["basis"], nowcast["published"]) == ("nowcast", 189.08)
    assert nowcast["low"] < nowcast["value"] < nowcast["high"]
    assert (unknown["basis"], unknown["value"], unknown["low"]) == ("unknown", None, None)
    card = rows("compare", "vllm", "dask", "--as-of", "2026-07")
    (mean,) = [row["value"] for row in card if (row["measure"], row["project_id"]) == ("openrank", "vllm")]
    assert mean == "916.30 (nowcast, 638.33 to 1316.42) (7 of 7 months)"


def test_projects_are_found_by_any_name_and_counted_once(run, rows):
    measures = rows("compare", "google/A2A", "LANGCHAIN", "hwchase17/langchain")
    assert {row["project_id"] for row in measures} == {"a2a", "langchain"}
    assert run("compare", "vllm", "vLLM").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("vlm", "sglang"), 'there is no project "vlm"; did you mean "vllm"?'),
        (("vllm",), "name 2 to 6 different projects, not 1"),
        (("vllm", "sglang", "ray", "dify", "n8n", "keras", "spark"), "not 7"),
        (("vllm", "sglang", "--as-of", "2031-01"), "2031-01 is after the last month with OpenRank"),
        (("vllm", "sglang", "--as-of", "2014-01"), "2014-01 is before the first month with OpenRank"),
    ],
)
def test_wrong_questions_get_clear_answers(run, arguments, answer):
    finished = run("compare", *arguments)
    assert finished.exit_code == 2
    assert answer in " ".join(finished.stderr.replace("│", " ").split())


def test_a_project_without_any_series_is_compared_all_the_same(rows):
    found = {(row["measure"], row["project_id"]): row for row in rows("compare", "zenml", "vllm")}
    assert found["openrank", "zenml"]["value"] is None
    assert found["status", "zenml"]["value"].startswith("unknown: ")


def test_figures_published_later_are_left_out(rows):
    early = rows("compare", "vllm", "sglang", "--as-of", "2024-06")
    assert not [row for row in early if row["measure"].startswith("published:")]
    (shared,) = [row for row in early if row["measure"] == "shared people" and row["project_id"] == "vllm"]
    assert shared["value"] is None
    assert "ends by 2024-06" in shared["not_available"]
