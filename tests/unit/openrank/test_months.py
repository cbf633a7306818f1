"""Months build on months: carried values, recomputed months, and the effect of a gap or a lost month."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.floor.errors import LandscapeError, StorageError
from pipelines.floor.periods import Month
from pipelines.graph.openrank import REPO, solve_openrank
from pipelines.openrank import months
from pipelines.openrank.months import compute_all_months
from pipelines.seeds import load_seeds
from pipelines.sources.gharchive.compaction import fold_months
from pipelines.sources.gharchive.layout import day_path
from pipelines.warehouse.openrank_store import read_left, read_month, read_months, store_dir, values_path
from tests import factories
from tests.unit.graph.test_activity import comments, hold
from tests.unit.seeds.spoilable_seeds import copy_seeds

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.build import Build
    from pipelines.warehouse.openrank_store import OpenrankMonth

JANUARY, FEBRUARY, MARCH, APRIL = (Month(2025, number) for number in (1, 2, 3, 4))


def three_months(data_dir: Path) -> Build:
    """Repository 1 works in January and March, 2 in January alone, 3 from February on: ten comments each."""
    for month, pairs in (("01", ((1, 7), (2, 8))), ("02", ((3, 8),)), ("03", ((1, 7), (3, 8)))):
        events = comments(*pairs * 10, first_id=int(month) * 100, created_at=f"2025-{month}-03T00:00:00Z")
        build = hold(data_dir, f"2025-{month}-03-0", events)
    return build


def run(build: Build) -> dict[str, int]:
    return dict(compute_all_months(build, lambda *_: None))


def values_of(build: Build, month: Month) -> pl.DataFrame:
    return pl.read_parquet(values_path(store_dir(build.settings.warehouse_dir), month, "computed"))


def stored(build: Build, month: Month) -> OpenrankMonth:
    found = read_month(store_dir(build.settings.warehouse_dir), month, "computed")
    assert found is not None
    return found


def files_of(build: Build) -> dict[str, bytes]:
    folder = store_dir(build.settings.warehouse_dir)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.parquet")}


def test_a_value_is_carried_over_a_month_of_rest(tmp_path: Path):
    build = three_months(tmp_path)
    counts = {"computed": 3, "unchanged": 0, "incomplete": 3, "from nothing": 1, "opened": 0, "forgotten": 0}
    assert run(build) == counts
    january = dict(values_of(build, JANUARY).filter(kind=REPO).select("id", "openrank").rows())
    february = values_of(build, FEBRUARY).filter(kind=REPO)
    # Both rest in February: remembered with the value of January.
    assert february.select("id", "openrank", "last_month").rows()[:2] == [
        (1, january[1], JANUARY.first_day),
        (2, january[2], JANUARY.first_day),
    ]
    assert february["repo_full_name"].to_list() == [None, None, "octo/repo-3"]
    left = read_left(store_dir(build.settings.warehouse_dir), MARCH, "computed", 0.85, 0.01)
    assert left.filter(kind=REPO, id=1)["openrank"].to_list() == [january[1] * 0.85**2]
    pairs = pl.DataFrame({"repo_id": [1, 3], "actor_id": [7, 8], "activity": [52.52, 52.52]})
    wanted = solve_openrank(pairs, left, build.seeds.openrank).values
    march = values_of(build, MARCH).filter(pl.col("last_month") == MARCH.first_day)
    assert march.select("kind", "id", "openrank").equals(wanted)
    assert [stored(build, month).carried_months_count for month in (JANUARY, FEBRUARY, MARCH)] == [0, 1, 2]
    assert (stored(build, MARCH).hours_loaded_count, stored(build, MARCH).hours_expected_count) == (1, 744)


def test_what_fell_to_the_floor_is_forgotten(tmp_path: Path):
    build = three_months(tmp_path)
    run(build)
    folder = store_dir(build.settings.warehouse_dir)
    value = values_of(build, JANUARY).filter(kind=REPO, id=2)["openrank"].item()
    ids = [
        read_left(folder, MARCH, "computed", 0.85, floor).filter(kind=REPO, id=2).height
        for floor in (value * 0.85**2, value * 0.85**2 * 0.999)
    ]
    assert ids == [0, 1], "above the floor, not at it"


def test_nothing_is_computed_twice_and_the_same_is_computed_alike(tmp_path: Path):
    build = three_months(tmp_path / "one")
    run(build)
    first = files_of(build)
    assert run(build) == {
        "computed": 0,
        "unchanged": 3,
        "incomplete": 0,
        "from nothing": 0,
        "opened": 0,
        "forgotten": 0,
    }
    other = three_months(tmp_path / "two")
    fold_months(other.settings.bronze_dir, [JANUARY, FEBRUARY])
    run(other)
    assert files_of(other) == first, "equal bytes, folded or not"


def test_a_changed_month_changes_those_that_rest_on_it(tmp_path: Path):
    build = three_months(tmp_path)
    run(build)
    before = [stored(build, month).fingerprint for month in (JANUARY, FEBRUARY, MARCH)]
    late = comments((9, 9), first_id=900, created_at="2025-02-04T00:00:00Z")
    hold(tmp_path, "2025-02-04-0", late)
    counts = run(build)
    assert (counts["computed"], counts["unchanged"]) == (2, 1)
    after = [stored(build, month).fingerprint for month in (JANUARY, FEBRUARY, MARCH)]
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, False]
    rules = build.seeds.model_copy(
        update={"openrank": build.seeds.openrank.model_copy(update={"carry_decay": 0.5})}
    )
    assert run(replace(build, seeds=rules))["computed"] == 3
    shown = build.seeds.openrank.model_copy(update={"carry_decay": 0.5, "published_floor": 9})
    assert run(replace(build, seeds=rules.model_copy(update={"openrank": shown})))["computed"] == 0


@pytest.mark.parametrize(
    ("name", "old", "new", "computed_count"),
    [
        ("accounts.yml", "login: adk-bot,", "login: adk-boot,", 3),
        ("accounts.yml", "actor_ids: [10137], account_class: unknown", "actor_ids: [10137], account_class: bot", 3),
        ("accounts.yml", 'suffix: "[bot]"', 'suffix: "[robot]"', 3),
        ("opendigger_bots.yml", "actor_id: 105309205,", "actor_id: 7,", 3),
        ("accounts.yml", "reason: Coding agent of Anthropic", "reason: Another reason", 0),
        ("opendigger_bots.yml", "platform: Gitee, actor_id: ", "platform: Gitee, actor_id: 1", 0),
    ],
)  # fmt: skip
def test_months_are_recomputed_when_the_class_of_an_account_changes(
    tmp_path: Path, name: str, old: str, new: str, computed_count: int
):
    build = three_months(tmp_path / "data")
    run(build)
    seeds = copy_seeds(tmp_path / "seeds")
    seeds.edit(f"upstreams/{name}", old, new)
    assert run(replace(build, seeds=load_seeds(seeds.folder)))["computed"] == computed_count


def test_a_month_that_is_not_there_counts_as_one_of_rest(tmp_path: Path):
    build = three_months(tmp_path)
    day_path(build.settings.bronze_dir, FEBRUARY.first_day.replace(day=3)).unlink()
    assert run(build)["from nothing"] == 1
    assert stored(build, MARCH).carried_months_count == 1
    january = dict(values_of(build, JANUARY).filter(kind=REPO).select("id", "openrank").rows())
    left = read_left(store_dir(build.settings.warehouse_dir), MARCH, "computed", 0.85, 0.0)
    carried = dict(left.filter(kind=REPO).select("id", "openrank").rows())
    assert carried == {repo_id: pytest.approx(value * 0.85**2) for repo_id, value in january.items()}


def test_a_month_that_bronze_lost_is_forgotten_and_the_next_is_recomputed(tmp_path: Path):
    build = three_months(tmp_path)
    run(build)
    day_path(build.settings.bronze_dir, FEBRUARY.first_day.replace(day=3)).unlink()
    counts = run(build)
    assert (counts["forgotten"], counts["computed"], counts["unchanged"]) == (1, 1, 1)
    assert [month.month for month in read_months(store_dir(build.settings.warehouse_dir))] == [JANUARY, MARCH]


def test_a_month_of_stars_has_no_network_but_remembers(tmp_path: Path):
    build = three_months(tmp_path)
    hold(tmp_path, "2025-04-03-0", [factories.watch_event(event_id=5, created_at="2025-04-03T00:00:00Z")])
    run(build)
    april = stored(build, APRIL)
    assert (april.pairs_count, april.repositories_count, april.openrank_max) == (0, 0, None)
    assert april.inactive_count == values_of(build, APRIL).height > 0


def test_values_that_break_the_equations_are_refused_and_the_last_good_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    build = three_months(tmp_path)
    run(build)
    before = files_of(build)
    hold(tmp_path, "2025-03-04-0", comments((4, 9), first_id=900, created_at="2025-03-04T00:00:00Z"))

    def unsolved(*given):
        return replace(solve_openrank(*given), balance_error=1e-3)

    monkeypatch.setattr(months, "solve_openrank", unsolved)
    with pytest.raises(LandscapeError, match=r"flows out is 0\.001, more than 1e-09"):
        run(build)
    assert files_of(build) == before


def test_a_damaged_file_is_named(tmp_path: Path):
    build = three_months(tmp_path)
    run(build)
    path = values_path(store_dir(build.settings.warehouse_dir), FEBRUARY, "computed")
    path.write_bytes(b"no Parquet")
    with pytest.raises(
        StorageError, match=r"month=2025-02/computed\.parquet.*\n.*move it aside.*\n.*nothing is lost"
    ):
        run(build)
