"""`landscape graveyard` on the sample: who ended and why, who is on the way, and clear answers."""

from __future__ import annotations

import pytest


def test_the_ended_are_shown_with_their_reasons(rows):
    found = {row["project_id"]: row for row in rows("graveyard")}
    assert len(found) == 11
    assert found["swarm"]["reasons"][0] == "official-end: its owner announced the end"
    assert "9,467 stars on 2025-05-20" in found["bloop"]["reasons"]


def test_policies_and_domains_narrow_it_down(rows):
    assert {row["project_id"] for row in rows("graveyard", "--policy", "corroborated")} == {
        "babyagi", "chatbot-ui", "dalai", "mr-ranedeer-ai-tutor",
    }  # fmt: skip
    in_domain = rows("graveyard", "status", "--domain", "Serving")
    assert {row["domain"] for row in in_domain} == {"Serving"}
    assert "vllm" in {row["project_id"] for row in in_domain}


def test_on_the_way_the_furthest_below_their_peak_come_first(rows):
    found = rows("graveyard", "on-the-way", "--as-of", "2025-05")
    drawdowns = [row["openrank_drawdown_ratio"] for row in found]
    assert drawdowns == sorted(drawdowns, reverse=True)
    assert (found[0]["project_id"], found[0]["peak_month"]) == ("stable-diffusion-webui", "2022-10-01")


def test_a_month_is_its_last_assessed_day(rows):
    assert [row["project_id"] for row in rows("graveyard", "--as-of", "2025-04")] == ["swarm"]


def test_survival_has_intervals_and_the_number_at_risk(rows):
    found = {row["group_value"]: row for row in rows("graveyard", "survival")}
    cohort = found["2023"]
    assert (cohort["projects"], cohort["ended"], cohort["at_risk_12_months"]) == (55, 8, 53)
    assert cohort["low_12_months"] < cohort["lives_12_months"] < cohort["high_12_months"]
    assert found["2025"]["lives_12_months"] is None, "nobody of 2025 was observed for a year"


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("--as-of", "2014-01-31"), "is before the first day assessed"),
        (("--as-of", "2026-09"), "is after the last day assessed, 2026-08-31"),
        (("--as-of", "2025-05-01"), "the days around it are 2025-04-30 and 2025-05-20"),
        (("--as-of", "May"), "expected a day as YYYY-MM-DD or a month as YYYY-MM"),
        (("--policy", "corroborate"), 'did you mean "corroborated"'),
        (("--domain", "Servin"), 'did you mean "Serving"'),
        (("survival", "--policy", "corroborated"), "drop --as-of and --policy"),
    ],
)
def test_wrong_questions_get_clear_answers(run, arguments, answer):
    finished = run("graveyard", *arguments)
    assert finished.exit_code == 2
    assert answer in " ".join(finished.stderr.replace("│", " ").split())


def test_a_table_tells_from_when_it_is(run):
    finished = run("graveyard", "--top", "1")
    assert "observed by 2025-05-20" in finished.stderr
    assert "aimoneyhunter" in finished.stdout
