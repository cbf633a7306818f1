"""The eleven projects of the graveyard table of 2025-05-20, and every status recomputed from its own reasons."""

from __future__ import annotations

import csv
import re
from datetime import date

import duckdb
import pytest

BY_RULE = {
    "aimoneyhunter", "babyagi", "chatbot-ui", "dalai", "devika", "draw-a-ui", "llama-gpt", "mr-ranedeer-ai-tutor", "roomgpt",
}  # fmt: skip
TABLE_DAY = date(2025, 5, 20)


@pytest.fixture(scope="module")
def published(sample_data_dir):
    with duckdb.connect(sample_data_dir / "public" / "landscape.duckdb", read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def statuses(published):
    rows = published.sql("FROM project_status ORDER BY as_of, project_id").pl()
    return rows.rows(named=True)


def test_exactly_the_published_projects_lie_in_the_graveyard(statuses):
    ended = {
        row["project_id"]: row
        for row in statuses
        if row["as_of"] == TABLE_DAY and row["status"] in {"graveyard", "archived"}
    }
    assert ended.keys() == BY_RULE | {"swarm", "bloop"}
    assert {row["policy"] for key, row in ended.items() if key in BY_RULE} == {"published-2025-05"}
    assert (ended["swarm"]["policy"], ended["swarm"]["rule"]) == ("official-end", "announced_end")
    assert ended["bloop"]["flagged_by"] == ["curated-exception"]
    corroborated = {key for key, row in ended.items() if "corroborated" in row["flagged_by"]}
    assert corroborated == {"babyagi", "chatbot-ui", "dalai", "mr-ranedeer-ai-tutor"}
    assert {key for key, row in ended.items() if row["is_single_source"]} == BY_RULE - corroborated
    assert ended["swarm"]["first_flagged_month"] == date(2025, 3, 1)
    assert ended["swarm"]["ended_on"] == date(2025, 3, 11)


def test_every_month_through_the_newest_with_a_value_is_assessed(statuses):
    days = {row["as_of"] for row in statuses}
    # GitHub's counts reach to August 2026, and so do the nowcasts.
    assert max(days) == date(2026, 8, 31)
    assert {date(2025, 4, 30), TABLE_DAY, date(2025, 5, 31), date(2026, 7, 31)} <= days


def test_nothing_was_flagged_before_it_was_observed(statuses):
    early = {
        (row["project_id"], row["as_of"]) for row in statuses if row["policy"] and row["as_of"] < TABLE_DAY
    }
    assert early == {("swarm", date(2025, 3, 31)), ("swarm", date(2025, 4, 30))}


@pytest.mark.real_files
def test_the_eleven_are_those_of_the_source(real_files, published, statuses):
    with (real_files / "github_repositories.csv").open(encoding="utf-8", newline="") as file:
        names = {row["full_name"] for row in csv.DictReader(file) if "graveyard table" in row["source"]}
    ids = {
        project_id
        for (project_id,) in published.execute(
            "SELECT project_id FROM project_repos WHERE list_contains(?, repo_full_name)", [sorted(names)]
        ).fetchall()
    }
    assert {row["project_id"] for row in statuses if row["as_of"] == TABLE_DAY and row["policy"]} == ids


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def quoted(reasons: list[str]) -> dict[str, object]:
    """The values that the reasons quote, read back."""
    text = "\n".join(reasons[1:])

    def find(pattern: str) -> str | None:
        match = re.search(pattern, text, re.MULTILINE)
        return match[1] if match else None

    stars = find(r"^([\d,]+) stars on")
    recent = find(r"^OpenRank (.*)$")
    drawdown, earlier, latest = (
        find(r"([\d.]+)% below the peak"),
        find(r"a year before: ([\d.]+)"),
        find(r"known by then: mean ([\d.]+),"),
    )
    highest = find(r"by nowcast, ([\d.]+) at most")
    return {
        "created": day(find(r"^created on (\S+)$")),
        "stars": int(stars.replace(",", "")) if stars else None,
        "pushed": day(find(r"^last push on (\S+),")),
        "observed": day(find(r"^last push on \S+, observed on ([\d-]+)$")),
        "recent": [] if recent is None else [part.split(": ")[1] for part in recent.split(", ")],
        "last_retrieved": find(r"^up to (\S+), the last"),
        "peak": float(find(r"below the peak of (\S+) in") or 0),
        "peak_month": find(r"below the peak of \S+ in (\d{4}-\d{2})"),
        "drawdown": float(drawdown) / 100 if drawdown else None,
        "latest": float(latest) if latest else float(highest) if highest else None,
        "is_nowcast": highest is not None,
        "year_before": float(earlier) if earlier else None,
        "announced": find(r"^announced on (\S+):"),
        "listed": find(r"^listed on (\S+):"),
    }


def months(text: str) -> int:
    year, month = map(int, text.split("-"))
    return year * 12 + month


def recomputed(as_of: date, facts: dict) -> str:
    """The status by the definitions of the issue, written down a second time."""
    values = [value.removesuffix(" by nowcast") for value in facts["recent"]]
    lives = any(value not in {"none", "unknown"} and float(value) > 0 for value in values)
    silent_days = (facts["observed"] - facts["pushed"]).days if facts["observed"] else None
    github = None if silent_days is None else silent_days >= 90
    complete = as_of.year * 12 + as_of.month - (as_of.day < 28)
    fallen = (
        not lives
        and facts["drawdown"] is not None
        and facts["drawdown"] >= 0.9
        and complete - months(facts["last_retrieved"]) <= 6
    )
    had_attention = (
        facts["created"]
        and facts["created"] >= date(2023, 1, 1)
        and (facts["stars"] or 0) >= 10_000
        and github
        and facts["pushed"].year < as_of.year
    )
    if facts["announced"] or (not lives and (had_attention or (github and fallen) or facts["listed"])):
        return "graveyard"
    if lives:
        is_steady = facts["year_before"] is not None and facts["latest"] >= 0.8 * facts["year_before"]
        months_since = months(facts["last_retrieved"]) - months(facts["peak_month"])
        # Of a nowcast the upper end decides: the whole interval must lie below.
        fall = 1 - facts["latest"] / facts["peak"] if facts["is_nowcast"] else facts["drawdown"]
        has_fallen_far = fall >= 0.75 and months_since >= 3
        return "declining" if has_fallen_far and not is_steady else "dormant" if github else "active"
    if github is False:
        return "active"
    return "dormant" if github or fallen else "unknown"


def test_each_status_follows_from_the_values_its_reasons_quote(statuses):
    differing = [
        (row["as_of"], row["project_id"], row["status"], row["reasons"])
        for row in statuses
        if row["as_of"].year >= 2023
        and row["status"] != "resurrected"
        and recomputed(row["as_of"], quoted(row["reasons"])) != row["status"]
    ]
    assert differing == []
    kinds = {row["status"] for row in statuses}
    assert kinds == {"active", "declining", "dormant", "graveyard", "resurrected", "unknown"}


def test_confidence_orders_by_agreement(statuses):
    confidence = {row["project_id"]: row["confidence"] for row in statuses if row["as_of"] == TABLE_DAY}
    assert confidence["swarm"] == 1
    assert confidence["chatbot-ui"] == pytest.approx(3 / 4)
    assert confidence["devika"] == pytest.approx(2 / 3)
    assert confidence["zenml"] is None


def test_survival_of_the_sample(published):
    rows = published.sql(
        "SELECT group_value, max(projects_count) AS n, sum(ended_count) AS ended, max(excluded_count) AS excluded"
        " FROM survival_curves WHERE grouping IN ('all', 'cohort') GROUP BY 1"
    ).fetchall()
    counts = {group: tuple(map(int, rest)) for group, *rest in rows}
    assert counts["all"] == (144, 11, 3)
    assert counts["2023"] == (55, 8, 0)
    assert counts["2022"][1] == 1


def test_annotations_are_dated_and_a_rename_was_seen_happening(published):
    found = dict(
        published.sql(
            "SELECT project_id || ' ' || kind, happened_on FROM project_annotations WHERE kind <> 'created'"
        ).fetchall()
    )
    assert found["swarm official_end"] == date(2025, 3, 11)
    assert found["bloop listed_in_graveyard"] == TABLE_DAY
    assert found["llama-cpp renamed"] == date(2025, 2, 16)
    assert "dask renamed" not in found, "first observed in 2025 under its new name, renamed years before"
