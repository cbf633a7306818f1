"""Opened values add up, to the value and to its change."""

from __future__ import annotations

import doctest
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings

from pipelines.cli.explain import explain
from pipelines.cli.tabular import OutputFormat
from pipelines.floor.errors import LandscapeError
from pipelines.floor.periods import Month
from pipelines.graph import openrank_comparison, openrank_parts
from pipelines.graph.openrank import ACTOR, REPO, solve_openrank
from pipelines.graph.openrank_comparison import compare_openrank
from pipelines.graph.openrank_parts import (
    BACKGROUND,
    PERSON,
    RETAINED,
    RepositoryMonth,
    compare_parts,
    decompose_openrank,
)
from pipelines.openrank import months
from pipelines.openrank.months import compute_all_months
from pipelines.tables.table import read_sql
from pipelines.warehouse.openrank_store import parts_path, store_dir, values_path
from tests import factories
from tests.unit.graph.test_activity import comments, hold
from tests.unit.graph.test_openrank import NOTHING, V3, amounts, carried_values, graphs, pairs_of

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.build import Build


def opened(rows: list[tuple[int, int, float]], left: dict[tuple[str, int], float], repo: int):
    """A repository of a solved network, and its value there."""
    pairs = pairs_of(*rows).group_by("repo_id", "actor_id").agg(pl.col("activity").sum())
    carried = pl.DataFrame(
        [(kind, node, value) for (kind, node), value in left.items()], schema=NOTHING.schema, orient="row"
    )
    solution = solve_openrank(pairs, carried, V3)
    totals = pairs.group_by("actor_id").agg(total_activity=pl.col("activity").sum())
    people = (
        pairs.filter(repo_id=repo)
        .join(totals, on="actor_id")
        .join(solution.values.filter(kind=ACTOR).select(actor_id="id", openrank="openrank"), on="actor_id")
        .drop("repo_id")
    )
    half = people.select("actor_id", amount=pl.col("activity") / 2)
    actions = pl.concat([half.with_columns(kind=pl.lit(kind)) for kind in ("push", "issue_opened")])
    value = solution.values.filter(kind=REPO, id=repo)["openrank"]
    month = RepositoryMonth(
        left.get((REPO, repo), 0.0), solution.background, solution.values.height, people, actions
    )
    return month, float(value.sum())


@settings(max_examples=40)
@given(graphs, carried_values)
def test_the_parts_add_up_to_the_value(rows: list[Any], left: dict[Any, float]):
    repo = rows[0][0]
    month, value = opened(rows, left, repo)
    parts = decompose_openrank(month, V3)
    assert parts["openrank"].sum() == pytest.approx(value, rel=1e-9)
    assert (parts["openrank"] >= 0).all()
    retained = parts.filter(part=RETAINED)["openrank"].item()
    assert retained == pytest.approx(0.3 * left.get((REPO, repo), 0.0))
    shares = (
        parts.filter(part=PERSON)
        .group_by("actor_id")
        .agg(pl.col("openrank").min() / pl.col("openrank").max())
    )
    assert shares["openrank"].to_list() == pytest.approx([1.0] * shares.height), "two kinds, half each"


@settings(max_examples=40)
@given(graphs, graphs, carried_values, carried_values, amounts)
def test_the_changes_add_up_to_the_change(
    before: list[Any], after: list[Any], left: dict[Any, float], later: dict[Any, float], amount: float
):
    repo, actor = after[0][0], after[0][1]
    before = [*before, (repo, actor, amount)]
    (earlier, old), (now, new) = opened(before, left, repo), opened(after, later, repo)
    changes = compare_parts(earlier, now, V3)
    assert changes["delta"].sum() == pytest.approx(new - old, rel=1e-8, abs=1e-8)
    by_change = dict(changes.group_by("change").agg(pl.col("actor_id").sort()).rows())
    people = [set(month.people["actor_id"]) for month in (earlier, now)]
    assert set(by_change.get("new person", [])) == people[1] - people[0]
    assert set(by_change.get("person gone", [])) == people[0] - people[1]
    assert by_change["share"] == by_change["own weight"] == sorted(people[0] & people[1])


def test_who_did_the_same_in_a_grown_network_changes_by_weight_alone():
    earlier, _ = opened([(1, 7, 40.0)], {}, 1)
    now, _ = opened([(1, 7, 40.0)], {(ACTOR, 7): 5.0}, 1)
    deltas = dict(compare_parts(earlier, now, V3).select("change", "delta").rows())
    assert deltas["share"] == 0
    assert deltas["own weight"] > 0.5
    assert deltas[BACKGROUND] > 0


def test_the_examples_by_hand():
    for module in (openrank_parts, openrank_comparison):
        found = doctest.testmod(module)
        assert (found.failed, found.attempted >= 2) == (0, True)


def test_a_month_compares_what_can_be_compared():
    rows = [
        ("2025-01", 1.0, 2.0), ("2025-01", 4.0, 4.0), ("2025-01", 3.0, 6.0), ("2025-01", 9.0, 9.0),
        ("2025-02", 3.0, 1.0), ("2025-02", 2.0, 2.0),
        ("2025-03", 5.0, 1.0), ("2025-03", 5.0, 2.0), ("2025-03", 5.0, 5.0),
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=["month", "openrank", "opendigger_openrank"], orient="row")
    found = compare_openrank(frame.with_columns(vintage=pl.lit("v3"), opendigger_vintage=pl.lit("v2")))
    assert found.select("month", "repositories_count", "rank_correlation", "ratio_median").rows() == [
        ("2025-01", 4, 0.8, 0.75),
        ("2025-02", 2, None, 2.0),
        ("2025-03", 3, None, 2.5),
    ]
    assert found["ratio_lower_quartile"][0] == 0.5
    assert compare_openrank(
        frame.head(0).with_columns(vintage=pl.lit(""), opendigger_vintage=pl.lit(""))
    ).is_empty()


def of_projects(*pairs: tuple[int, int], **fields: Any) -> list[dict[str, Any]]:
    """Comments of people in vLLM (1), PyTorch (2) and a repository of nobody here."""
    names = {1: "vllm-project/vllm", 2: "PyTorch/PyTorch"}
    events = comments(*pairs, **fields)
    for event in events:
        event["repo"]["name"] = names.get(event["repo"]["id"], event["repo"]["name"])
    return events


def opened_parts(build: Build) -> pl.DataFrame:
    return pl.read_parquet(parts_path(store_dir(build.settings.warehouse_dir), "computed"))


def test_values_of_projects_are_opened_and_add_up(tmp_path: Path):
    pairs = ((1, 7), (1, 7), (2, 7), (1, 8), (3, 8), (3, 9))
    build = hold(tmp_path, "2025-03-03-0", of_projects(*pairs))
    assert compute_all_months(build, lambda *_: None)["opened"] == 2
    parts = opened_parts(build)
    folder = store_dir(build.settings.warehouse_dir)
    values = pl.read_parquet(values_path(folder, Month(2025, 3), "computed")).filter(kind=REPO)
    sums = dict(parts.group_by("repo_id").agg(pl.col("openrank").sum()).rows())
    assert sums.keys() == {1, 2}
    assert sums == pytest.approx(dict(values.filter(pl.col("id") < 3).select("id", "openrank").rows()))
    commented = parts.filter(part="issue_comment")
    assert commented.select("repo_id", "people_count", "actions_count").rows() == [(1, 2, 3), (2, 1, 1)]
    nobodys = parts.filter(pl.col("part") != "issue_comment")
    assert set(nobodys["part"]) == {"retained", "background"}
    assert nobodys["people_count"].null_count() == nobodys["actions_count"].null_count() == 4


def test_values_stay_opened_until_they_change(tmp_path: Path):
    build = hold(tmp_path, "2025-03-03-0", of_projects((1, 7), (2, 7)))
    compute_all_months(build, lambda *_: None)
    before = opened_parts(build)
    assert compute_all_months(build, lambda *_: None)["opened"] == 0
    assert opened_parts(build).equals(before)
    later = of_projects((2, 8), first_id=900, created_at="2025-03-04T00:00:00Z")
    assert compute_all_months(hold(tmp_path, "2025-03-04-0", later), lambda *_: None)["opened"] == 2
    assert opened_parts(build).filter(part="issue_comment")["people_count"].to_list() == [1, 2]


def test_what_was_opened_of_older_values_goes_with_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    build = hold(tmp_path, "2025-03-03-0", of_projects((1, 7)))
    compute_all_months(build, lambda *_: None)
    later = of_projects((1, 8), first_id=900, created_at="2025-03-04T00:00:00Z")
    build = hold(tmp_path, "2025-03-04-0", later)

    def break_off(_build: Build) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(months, "open_projects", break_off)
    with pytest.raises(KeyboardInterrupt):
        compute_all_months(build, lambda *_: None)
    assert not parts_path(store_dir(build.settings.warehouse_dir), "computed").exists()


# --- the command ---------------------------------------------------------------------------------------------


@pytest.fixture
def two_months(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Repository 1: person 7 in both months, 8 in the first, 9 in the second."""
    monkeypatch.setenv("LANDSCAPE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LANDSCAPE_PROFILE", "live")  # what bronze holds there are real events
    for month, pairs in (("02", ((1, 7), (1, 7), (1, 8), (2, 7))), ("03", ((1, 7), (1, 9), (2, 9)))):
        events = comments(*pairs, first_id=int(month) * 100, created_at=f"2025-{month}-03T00:00:00Z")
        push = factories.push_event(event_id=int(month), repo_id=1, created_at=f"2025-{month}-03T00:00:00Z")
        build = hold(tmp_path, f"2025-{month}-03-0", [*events, push])
    compute_all_months(build, lambda *_: None)
    return tmp_path


def answer(folder: Path, **options: Any) -> pl.DataFrame:
    out = folder / "answer.csv"
    explain(
        **{"repo": "octo/repo-1", "people": 10, "changes": False} | options,
        output_format=OutputFormat.CSV,
        output=out,
    )
    return pl.read_csv(out)


def test_the_command_opens_a_value(two_months: Path, capsys: pytest.CaptureFixture[str]):
    rows = answer(two_months, month="2025-02", people=1)
    assert rows["part"].to_list() == ["person", "person", "1 other people", "background", "retained"]
    assert rows.filter(part="person").select("actor_id", "kind", "actions_count").rows() == [
        (7, "push", 1),
        (7, "issue_comment", 2),
    ]
    assert rows["share"].sum() == pytest.approx(1)
    assert f"OpenRank {rows['openrank'].sum():.6f} (computed)" in capsys.readouterr().err
    by_number = answer(two_months, month="2025-02", people=1, repo="1")
    assert by_number.equals(rows)


def test_a_repository_is_found_by_the_name_it_had(two_months: Path):
    (renamed,) = comments((1, 7), first_id=900, created_at="2025-04-03T00:00:00Z")
    renamed["repo"]["name"] = "octo/renamed"
    compute_all_months(hold(two_months, "2025-04-03-0", [renamed]), lambda *_: None)
    by_its_old_name = answer(two_months, month="2025-04", repo="Octo/Repo-1")
    assert by_its_old_name.equals(answer(two_months, month="2025-04", repo="octo/renamed"))


def test_the_command_opens_a_change(two_months: Path, capsys: pytest.CaptureFixture[str]):
    rows = answer(two_months, month="2025-03", changes=True)
    kinds = rows.filter(pl.col("actor_id").is_not_null()).select("change", "actor_id").sort("change").rows()
    assert kinds == [("new person", 9), ("own weight", 7), ("person gone", 8), ("share", 7)]
    assert f"{rows['delta'].sum():+.6f}" in capsys.readouterr().err
    first = answer(two_months, month="2025-02", changes=True)
    assert set(first["change"]) == {"new person", "background", "retained"}
    assert "not in the network of 2025-01" in capsys.readouterr().err


def test_a_value_that_cannot_be_opened_is_reported(two_months: Path):
    with pytest.raises(LandscapeError, match='"octo/none" has no activity that counts in 2025-03'):
        answer(two_months, month="2025-03", repo="octo/none")
    hold(two_months, "2025-03-04-0", comments((5, 5), first_id=900, created_at="2025-03-04T00:00:00Z"))
    with pytest.raises(LandscapeError, match="not computed from the events and rules that there are now"):
        answer(two_months, month="2025-03")


def test_a_name_that_was_taken_over_has_the_parts_of_the_younger_repository_alone():
    with duckdb.connect() as connection:
        for statement in (
            "CREATE SCHEMA staging; CREATE SCHEMA core; CREATE SCHEMA mart",
            "CREATE TABLE core.project_names AS FROM (VALUES ('one', 1, 'Octo/Name'), ('one', NULL, 'octo/old'))"
            " AS names(project_id, repo_id, repo_full_name)",
            "CREATE TABLE mart.openrank_months AS"
            " SELECT DATE '2025-03-01' AS month, source, 'v3' AS vintage FROM (VALUES ('computed'), ('computed-simulated'))"
            " AS sources(source)",
            "CREATE TABLE staging.openrank_parts AS SELECT DATE '2025-03-01' AS month, *, 1 AS people_count,"
            " 1 AS actions_count FROM (VALUES"
            " ('computed', 1, 'octo/name', 'push', 1.0), ('computed', 2, 'octo/name', 'push', 2.0),"
            " ('computed', 1, 'octo/renamed', 'push', 3.0),"
            " ('computed-simulated', 1, 'octo/made-up', 'push', 4.0), ('computed-simulated', 8, 'octo/old', 'push', 5.0))"
            " AS parts(source, repo_id, repo_full_name, part, openrank)",
        ):
            connection.execute(statement)
        rows = connection.sql(read_sql("pipelines.tables.openrank", "openrank_parts")).pl()
    assert sorted(rows.select("project_id", "source", "repo_full_name", "openrank").rows()) == [
        ("one", "computed", "octo/name", 2.0),
        ("one", "computed", "octo/renamed", 3.0),
        ("one", "computed-simulated", "octo/old", 5.0),
    ]
