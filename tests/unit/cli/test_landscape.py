"""`landscape rank`, `growth` and `diff` on the sample: figures, formats and clear answers."""

from __future__ import annotations

import pytest


def test_rank_is_the_published_ranking(rows, run):
    ours = rows("rank", "--as-of", "2025-04")
    published = rows(
        "query",
        "SELECT rank, project_id, openrank_mean, openrank_yoy_delta, stars_count FROM project_rankings"
        " WHERE as_of_month = DATE '2025-04-01' ORDER BY rank, project_id",
    )
    assert [{key: row[key] for key in published[0]} for row in ours] == published
    assert ours[1]["reason"] == "mean OpenRank 615.46 over 4 of 4 months is above 10"
    assert (ours[1]["language"], ours[1]["created_on"]) == ("Python", "2023-02-09")
    told = run("rank", "--top", "1")
    assert "2025-01..2025-04" in told.stderr
    assert "participants: mean per month" in told.stderr


def test_rank_takes_profile_window_and_scope(rows):
    strict = rows(
        "rank",
        "--profile",
        "latest-50",
        "--window",
        "2",
        "--scope",
        "subdomain=Inference Engine",
        "--top",
        "2",
    )
    assert [(row["rank"], row["project_id"], row["openrank_mean"]) for row in strict] == [
        (1, "vllm", pytest.approx((667.56 + 723.17) / 2)),
        (2, "sglang", 320.0),
    ]


def test_a_mean_that_rests_on_a_nowcast_says_so_with_its_interval(rows, run):
    (vllm,) = [row for row in rows("rank", "--as-of", "2026-07") if row["project_id"] == "vllm"]
    assert vllm["basis"] == "nowcast"
    assert vllm["openrank_low"] < vllm["openrank_mean"] < vllm["openrank_high"]
    assert "means rest on a nowcast" in run("rank", "--as-of", "2026-07").stderr
    assert "nowcast" not in run("rank", "--as-of", "2025-04").stderr


def test_growth_of_domains_is_the_published_table(rows):
    ours = rows("growth", "--as-of", "2025-04")
    published = rows(
        "query", "SELECT * EXCLUDE (as_of_month) FROM domain_growth WHERE as_of_month = DATE '2025-04-01'"
    )
    assert sorted(map(str, ours)) == sorted(map(str, published))
    (workflow,) = rows("growth", "--scope", "subdomain=Workflow", "--format", "json")[1:]
    assert workflow["growth_ratio"] is None, "three of ten compared"
    assert workflow["openrank_sum"] / workflow["openrank_prior_sum"] - 1 == pytest.approx(-0.5436, abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        (["risers"], {"project_id": "vllm"}),
        (["fallers"], {"project_id": "langchain"}),
        (["fallers", "--order", "relative"], {"project_id": "langchain-chatchat"}),
        (["entrants"], {"project_id": "a2a", "cause": "metric"}),
        (["quarter", "--project", "vllm"], {"growth_ratio": pytest.approx(0.1675, abs=1e-4)}),
        (["spikes", "--project", "ktransformers"], {"month": "2025-02-01", "ratio": 34.5}),
        (
            ["crossover", "--project", "pytorch", "--project", "tensorflow"],
            {"first_month": "2020-04-01", "month_for_good": "2020-07-01"},
        ),
        (["first-months", "--project", "autogpt"], {"month": "2023-04-01", "value": 553.31}),
        (["areas"], {"area": "agentic_ai"}),
    ],
)  # fmt: skip
def test_each_view_of_growth(rows, arguments, first):
    found = rows("growth", *arguments, "--as-of", "2025-04")[0]
    assert {key: found[key] for key in first} == first


def test_growth_sees_no_later_month(rows):
    assert rows("growth", "spikes", "--project", "ktransformers", "--as-of", "2025-01") == []
    plateaus = rows("growth", "plateaus", "--as-of", "2020-06")
    assert plateaus
    assert max(run["last_month"] for run in plateaus) <= "2020-06-01"


def test_diff_adds_up_and_every_row_has_one_cause(rows, run):
    changes = rows("diff", "--from", "2025-01", "--as-of", "2025-04")
    kinds = [row["kind"] for row in changes]
    assert (kinds.count("kept") + kinds.count("new"), kinds.count("dropped")) == (131, 0)
    assert kinds.count("kept") == 119
    assert {row["cause"] for row in changes} <= {"metric", "coverage", "rename"}
    assert "= 131 after" in run("diff", "--from", "2025-01", "--as-of", "2025-04").stderr


def test_diff_refuses_months_in_the_wrong_order(run):
    finished = run("diff", "--from", "2025-04", "--as-of", "2025-01")
    assert finished.exit_code == 2
    assert "2025-04 is after 2025-01" in " ".join(finished.output.replace("│", " ").split())


def test_diff_of_profiles_names_the_rule(rows):
    changes = rows("diff", "--from", "2025-04", "--from-profile", "year-mean-10", "--profile", "latest-50")
    assert {row["cause"] for row in changes if row["kind"] == "dropped"} == {"rule"}
    assert sum(row["kind"] != "dropped" for row in changes) == 78


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["rank", "--as-of", "2030-01"], "2030-01 is after the last month with OpenRank; published are 2015-01 to 2026-08"),
        (["growth", "--as-of", "2014-12"], "2014-12 is before the first month with OpenRank"),
        (["diff", "--as-of", "2015-01"], "2014-12 is before the first month"),
        (["rank", "--as-of", "2025-4"], "expected a month as YYYY-MM"),
        (["rank", "--profile", "latest-5"], "there are latest-50, year-mean-10"),
        (["rank", "--scope", "domain=Servin"], 'did you mean "Serving"'),
        (["rank", "--scope", "domain"], "there are AI Compiler"),
        (["rank", "--scope", "box=Serving"], "there are landscape, layer, domain, subdomain"),
        (["growth", "crossover", "--project", "vllm"], "name two projects"),
        (["growth", "--project", "vlm"], 'did you mean "vllm"'),
        (["diff", "--taxonomy", "2031-01"], "there are 2025-05"),
    ],
)  # fmt: skip
def test_wrong_usage_is_answered_with_what_there_is(run, arguments, answer):
    finished = run(*arguments)
    assert finished.exit_code == 2
    words = " ".join(finished.stderr.replace("│", " ").split())
    assert answer in words


def test_month_without_members_is_said_and_is_no_error(run):
    finished = run("rank", "--as-of", "2015-01", "--scope", "domain=Tool Use", "--format", "csv")
    assert finished.exit_code == 0
    assert "no member of domain=Tool Use as of 2015-01" in finished.stderr
    assert finished.stdout.startswith("rank,project_id")
    assert finished.stdout.count("\n") == 1


@pytest.mark.parametrize(("as_of", "last_year"), [("2016-01", 2015), ("2016-12", 2016), ("2025-04", 2024)])
def test_areas_show_no_year_that_had_not_ended(rows, as_of: str, last_year: int):
    assert max(row["year"] for row in rows("growth", "areas", "--as-of", as_of)) == last_year
