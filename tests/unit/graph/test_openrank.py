"""OpenRank against the exact solution of its linear system, and the command around it."""

from __future__ import annotations

import doctest
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.cli.openrank import openrank
from pipelines.floor.errors import LandscapeError, StorageError
from pipelines.floor.settings import CHECKOUT
from pipelines.graph import openrank as room
from pipelines.graph.openrank import ACTOR, REPO, solve_openrank
from pipelines.seeds import load_seeds

if TYPE_CHECKING:
    from pathlib import Path

V3 = load_seeds(CHECKOUT / "seeds").openrank
NOTHING = pl.DataFrame(schema={"kind": pl.String, "id": pl.Int64, "openrank": pl.Float64})
HIGHEST = 2**63 - 1


def pairs_of(*rows: tuple[int, int, float]) -> pl.DataFrame:
    schema = {"repo_id": pl.Int64, "actor_id": pl.Int64, "activity": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def exact(pairs: pl.DataFrame, carried: pl.DataFrame) -> dict[tuple[str, int], float]:
    """The oracle, written node by node from the definition and solved as a dense linear system."""
    nodes = sorted({(REPO, r) for r in pairs["repo_id"]} | {(ACTOR, a) for a in pairs["actor_id"]})
    place = {node: index for index, node in enumerate(nodes)}
    background = len(nodes)
    total = dict.fromkeys(nodes, 0.0)
    for repo, actor, amount in pairs.iter_rows():
        total[REPO, repo] += amount
        total[ACTOR, actor] += amount
    weights = np.zeros((background + 1, background + 1))  # from, to
    for repo, actor, amount in pairs.iter_rows():
        r, a = place[REPO, repo], place[ACTOR, actor]
        weights[r, a] += 0.95 * amount / total[REPO, repo]
        weights[a, r] += 0.95 * amount / total[ACTOR, actor]
    weights[:background, background] = 0.05
    weights[background, :background] = 1 / background
    assert np.allclose(weights.sum(axis=1), 1)
    left = {(kind, node): value for kind, node, value in carried.iter_rows()}
    initial, retention = np.zeros(background + 1), np.full(background + 1, 0.15)
    for node, index in place.items():
        initial[index] = left.get(node, 0.0)
        retention[index] = 0.3
        if node[0] == ACTOR:
            initial[index] += 1 / (1 + np.exp(0.10425 * (44.08 - total[node])))
            retention[index] = 0.5
    system = np.eye(background + 1) - (1 - retention)[:, None] * weights.T
    values = np.linalg.solve(system, retention * initial)
    return {node: values[index] + values[background] / background for node, index in place.items()}


ids = st.integers(1, 9) | st.integers(HIGHEST - 3, HIGHEST)
amounts = st.floats(0.001, 50_000, allow_nan=False).map(lambda value: round(value, 3))
graphs = st.lists(st.tuples(ids, ids, amounts), min_size=1, max_size=40)
carried_values = st.dictionaries(
    st.tuples(st.sampled_from([REPO, ACTOR]), ids), st.floats(0, 2_000, allow_nan=False), max_size=12
)


@settings(max_examples=150)
@given(graphs, carried_values)
def test_values_solve_the_linear_system(
    rows: list[tuple[int, int, float]], left: dict[tuple[str, int], float]
):
    pairs = pairs_of(*rows)
    carried = pl.DataFrame(
        [(kind, node, value) for (kind, node), value in left.items()], schema=NOTHING.schema, orient="row"
    )
    found = {
        (kind, node): value for kind, node, value in solve_openrank(pairs, carried, V3).values.iter_rows()
    }
    wanted = exact(pairs, carried)
    assert found.keys() == wanted.keys()
    for node, value in wanted.items():
        assert found[node] == pytest.approx(value, rel=1e-9)


def test_the_example_by_hand():
    assert doctest.testmod(room).failed == 0
    assert doctest.testmod(room).attempted >= 5


def test_the_order_of_rows_and_splitting_a_pair_change_nothing():
    pairs = pairs_of((1, 7, 3.0), (1, 8, 5.0), (2, 8, 40.0), (3, 9, 1.5))
    split = pairs_of((3, 9, 1.5), (2, 8, 15.0), (1, 8, 5.0), (2, 8, 25.0), (1, 7, 3.0))
    assert solve_openrank(pairs, NOTHING, V3).values.equals(solve_openrank(pairs, NOTHING, V3).values)
    ours, theirs = (solve_openrank(one, NOTHING, V3).values for one in (pairs, split))
    assert ours.drop("openrank").equals(theirs.drop("openrank"))
    assert np.allclose(ours["openrank"], theirs["openrank"], rtol=1e-12)


def test_who_did_nothing_in_the_month_is_not_in_it():
    carried = pl.DataFrame({"kind": [REPO, ACTOR], "id": [99, 99], "openrank": [500.0, 500.0]})
    pairs = pairs_of((1, 7, 3.0))
    assert solve_openrank(pairs, carried, V3).values.equals(solve_openrank(pairs, NOTHING, V3).values)


def test_a_month_without_activity_has_no_values():
    assert solve_openrank(pairs_of(), NOTHING, V3).values.is_empty()


def test_a_person_in_ten_thousand_repositories_gives_each_its_share():
    pairs = pairs_of(*((repo, 7, 2.0) for repo in range(10_000)))
    repos = solve_openrank(pairs, NOTHING, V3).values.filter(pl.col("kind") == REPO)["openrank"]
    assert repos.len() == 10_000
    assert repos.max() == pytest.approx(repos.min(), rel=1e-12)


def test_values_of_very_different_size_are_each_exact():
    hub = [(1, actor, 900.0) for actor in range(3_000)]
    small = [(repo, 10_000 + repo, 0.001) for repo in range(2, 500)]
    pairs = pairs_of(*hub, *small)
    carried = pl.DataFrame({"kind": [REPO], "id": [1], "openrank": [1e9]})
    found = solve_openrank(pairs, carried, V3).values
    wanted = exact(pairs, carried)
    values = {(kind, node): value for kind, node, value in found.iter_rows()}
    assert max(abs(values[node] / value - 1) for node, value in wanted.items()) < 1e-9


# --- the command ---------------------------------------------------------------------------------------------


def test_the_command_reads_and_writes_files(tmp_path: Path):
    pairs = pairs_of((HIGHEST, 7, 3.0), (2, HIGHEST, 40.0))
    pairs.with_columns(extra=1).write_parquet(tmp_path / "activity.parquet")
    carried = pl.DataFrame({"kind": [REPO], "id": [2], "openrank": [17.0]})
    carried.write_parquet(tmp_path / "carried.parquet")
    openrank(tmp_path / "activity.parquet", tmp_path / "out.parquet", tmp_path / "carried.parquet")
    written = pl.read_parquet(tmp_path / "out.parquet")
    assert written.equals(solve_openrank(pairs, carried, V3).values)
    assert written.columns == ["kind", "id", "openrank"]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (
            pl.DataFrame({"repo_id": [1], "actor": [2]}),
            "no column actor_id, activity; there are repo_id, actor",
        ),
        (pairs_of((1, 2, 0.0)), "row 0 .* an activity that is not above 0; 1 rows in all"),
        (pairs_of((1, 2, 5.0), (1, 3, -1.0)), "row 1 .* not above 0"),
        (pairs_of((1, 2, float("nan"))), "infinite or no number"),
        (pl.DataFrame({"repo_id": [None], "actor_id": [2], "activity": [1.0]}), "no value in column repo_id"),
        (
            pl.DataFrame({"repo_id": ["a"], "actor_id": [2], "activity": [1.0]}),
            "repo_id are String, not integers",
        ),
        (
            pl.DataFrame({"repo_id": [1.2], "actor_id": [2], "activity": [1.0]}),
            "repo_id are Float64, not integers",
        ),
        (pl.DataFrame({"repo_id": [1], "actor_id": [True], "activity": [1.0]}), "actor_id are Boolean, not"),
        (pairs_of((1, 2, 5e-324), (1, 3, 1.0)), "so small that what is divided by it is no number"),
        (
            pl.DataFrame(
                {"repo_id": [2**63], "actor_id": [2], "activity": [1.0]},
                schema_overrides={"repo_id": pl.UInt64},
            ),
            "other values than expected",
        ),
    ],
)
def test_bad_activity_is_refused_by_row(tmp_path: Path, frame: pl.DataFrame, message: str):
    frame.write_parquet(tmp_path / "activity.parquet")
    with pytest.raises(LandscapeError, match=message):
        openrank(tmp_path / "activity.parquet", tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("user", 1, 2.0)], "a kind other than repo and actor"),
        ([(REPO, 1, -2.0)], "an openrank below 0"),
        ([(REPO, 1, 2.0), (REPO, 1, 3.0)], "a node that occurs twice"),
    ],
)
def test_bad_carried_values_are_refused(tmp_path: Path, rows: list[tuple[str, int, float]], message: str):
    pairs_of((1, 2, 3.0)).write_parquet(tmp_path / "activity.parquet")
    pl.DataFrame(rows, schema=NOTHING.schema, orient="row").write_parquet(tmp_path / "carried.parquet")
    with pytest.raises(LandscapeError, match=message):
        openrank(tmp_path / "activity.parquet", tmp_path / "out.parquet", tmp_path / "carried.parquet")


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path):
    (tmp_path / "activity.parquet").write_text("repo_id,actor_id")
    with pytest.raises(StorageError, match="could not read this Parquet file"):
        openrank(tmp_path / "activity.parquet", tmp_path / "out.parquet")


def test_an_input_is_never_overwritten(tmp_path: Path):
    pairs_of((1, 2, 3.0)).write_parquet(tmp_path / "activity.parquet")
    with pytest.raises(LandscapeError, match="the output is an input"):
        openrank(tmp_path / "activity.parquet", tmp_path / "activity.parquet")


def test_a_name_is_a_file_and_no_pattern(tmp_path: Path):
    for name in ("activity1.parquet", "activity2.parquet"):
        pairs_of((1, 2, 3.0)).write_parquet(tmp_path / name)
    with pytest.raises(StorageError, match="could not read this Parquet file"):
        openrank(tmp_path / "activity*.parquet", tmp_path / "out.parquet")


def test_a_link_is_followed_and_no_folder_is_made(tmp_path: Path):
    pairs_of((1, 2, 3.0)).write_parquet(tmp_path / "activity.parquet")
    (tmp_path / "link.parquet").symlink_to(tmp_path / "target.parquet")
    openrank(tmp_path / "activity.parquet", tmp_path / "link.parquet")
    assert (tmp_path / "link.parquet").is_symlink()
    assert pl.read_parquet(tmp_path / "target.parquet").height == 2
    with pytest.raises(StorageError, match="No such file or directory"):
        openrank(tmp_path / "activity.parquet", tmp_path / "absent" / "out.parquet")
    with pytest.raises(StorageError, match="Is a directory"):
        openrank(tmp_path / "activity.parquet", tmp_path)


def test_the_example_in_the_docs_gives_the_computed_values():
    text = (CHECKOUT / "docs" / "openrank.md").read_text(encoding="utf-8")
    solution = solve_openrank(pairs_of((1, 7, 44.08), (2, 8, 44.08)), NOTHING, V3)
    person, _, repository, _ = solution.values["openrank"]
    shared = solution.background / 4
    for number in (person, repository, person - shared, repository - shared, shared):
        assert f"{number:.5f}" in text
    assert all(f"| {weight} |" in text for _, weight in load_seeds(CHECKOUT / "seeds").openrank.weights)


@settings(max_examples=60)
@given(graphs, carried_values)
def test_what_flows_is_kept_and_nothing_is_negative_or_unbounded(
    rows: list[tuple[int, int, float]], left: dict[tuple[str, int], float]
):
    carried = pl.DataFrame(
        [(kind, node, value) for (kind, node), value in left.items()], schema=NOTHING.schema, orient="row"
    )
    solution = solve_openrank(pairs_of(*rows), carried, V3)
    assert solution.out_weight_error < 1e-12
    assert solution.balance_error < 1e-10
    brought_in = carried["openrank"].sum() + solution.values.filter(kind=ACTOR).height
    assert solution.values["openrank"].min() > 0
    # The background retains least, 0.15, and people most, 0.5: the initial values cannot yield more than their ratio.
    assert solution.values["openrank"].sum() < brought_in * (0.5 / 0.5) / (0.15 / 0.85)


def test_sums_that_no_number_holds_are_refused():
    with pytest.raises(LandscapeError, match="adds up to more than a number can hold"):
        solve_openrank(pairs_of((1, 7, 1e308), (1, 8, 1e308)), NOTHING, V3)


def test_a_tolerance_below_rounding_ends_with_words(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(room, "_MOST_SWEEPS", 200)
    with pytest.raises(LandscapeError, match="after 200 sweeps"):
        solve_openrank(pairs_of((1, 7, 3.0), (1, 8, 5.0)), NOTHING, V3.model_copy(update={"tolerance": -1.0}))
