"""The difference of two landscapes: identities, one cause a row, and sums that add up."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.floor.periods import Month
from pipelines.landscape.changes import Vantage, compute_changes

MARCH, APRIL = Month(2025, 3), Month(2025, 4)
BEFORE, AFTER = Vantage(MARCH, "mean", "v1"), Vantage(APRIL, "mean", "v1")
NO_NAMES: dict[str, list[tuple[str, date | None]]] = {}


def members_from(verdicts: dict[tuple[str, Month, str], bool | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (project, as_of.first_day, profile, verdict, f"{project} {as_of}")
            for (project, as_of, profile), verdict in verdicts.items()
        ],
        schema={
            "project_id": pl.String,
            "as_of_month": pl.Date,
            "profile": pl.String,
            "is_member": pl.Boolean,
            "reason": pl.String,
        },
        orient="row",
    )


def domains_from(boxes: dict[tuple[str, str], str]) -> pl.DataFrame:
    return pl.DataFrame(
        [(project, version, "L", domain, None) for (project, version), domain in boxes.items()],
        schema=dict.fromkeys(("project_id", "taxonomy_version", "layer", "domain", "subdomain"), pl.String),
        orient="row",
    )


def changes_of(verdicts, boxes=None, names=NO_NAMES, before=BEFORE, after=AFTER) -> pl.DataFrame:
    named = pl.DataFrame(
        [(project, name, day) for project, sightings in names.items() for name, day in sightings],
        schema={"project_id": pl.String, "repo_full_name": pl.String, "first_seen_on": pl.Date},
        orient="row",
    )
    return compute_changes(members_from(verdicts), domains_from(boxes or {}), named, [(before, after)])


def kinds_of(changes: pl.DataFrame) -> list[tuple[str, str, str]]:
    return changes.select("project_id", "kind", "cause").rows()


@pytest.mark.parametrize(
    ("was", "is_now", "expected"),
    [
        (True, True, [("a", "kept", "metric")]),
        (False, True, [("a", "new", "metric")]),
        (True, False, [("a", "dropped", "metric")]),
        (None, True, [("a", "became_known", "coverage")]),
        (True, None, [("a", "became_unknown", "coverage")]),
        (False, False, []),
        (None, False, []),
    ],
)
def test_the_metric_moves_a_project_and_coverage_only_our_knowledge(was, is_now, expected):
    assert kinds_of(changes_of({("a", MARCH, "mean"): was, ("a", APRIL, "mean"): is_now})) == expected


def test_project_that_was_no_candidate_became_known():
    changes = changes_of({("a", APRIL, "mean"): True})
    assert kinds_of(changes) == [("a", "became_known", "coverage")]
    assert changes["detail"].to_list() == ["before: no candidate; after: a 2025-04"]


def test_another_profile_over_the_same_data_is_the_rule():
    strict = Vantage(APRIL, "strict", "v1")
    changes = changes_of(
        {
            ("rule", MARCH, "mean"): True, ("rule", APRIL, "mean"): True, ("rule", APRIL, "strict"): False,
            ("fell", MARCH, "mean"): True, ("fell", APRIL, "mean"): False, ("fell", APRIL, "strict"): False,
            ("rose", MARCH, "mean"): False, ("rose", APRIL, "mean"): True, ("rose", APRIL, "strict"): True,
            ("gone", MARCH, "mean"): True, ("gone", APRIL, "mean"): None, ("gone", APRIL, "strict"): None,
        },
        after=strict,
    )  # fmt: skip
    assert kinds_of(changes) == [
        ("gone", "became_unknown", "coverage"),
        ("fell", "dropped", "metric"),
        ("rule", "dropped", "rule"),
        ("rose", "new", "metric"),
    ]


def test_renamed_project_is_kept_and_its_name_is_the_cause():
    verdicts = {(project, month, "mean"): True for project in "abc" for month in (MARCH, APRIL)}
    changes = changes_of(
        verdicts,
        names={
            "a": [("old/a", date(2024, 1, 1)), ("new/a", date(2025, 4, 30))],
            "b": [("old/b", date(2024, 1, 1)), ("new/b", date(2025, 3, 31))],
            "c": [("only/c", date(2025, 4, 2)), ("undated/c", None)],
        },
    )
    assert kinds_of(changes) == [("a", "kept", "rename"), ("b", "kept", "metric"), ("c", "kept", "metric")]
    assert changes["detail"][0] == "now new/a; before: a 2025-03; after: a 2025-04"


def test_moved_project_is_kept_too_and_a_project_without_a_box_is_not_moved():
    verdicts = {(project, month, "mean"): True for project in "abc" for month in (MARCH, APRIL)}
    boxes = {("a", "v1"): "Serving", ("a", "v2"): "Inference", ("b", "v1"): "MLOps", ("b", "v2"): "MLOps",
             ("c", "v1"): "MLOps"}  # fmt: skip
    changes = changes_of(verdicts, boxes, after=Vantage(APRIL, "mean", "v2"))
    assert kinds_of(changes) == [
        ("a", "kept", "metric"),
        ("b", "kept", "metric"),
        ("c", "kept", "metric"),
        ("a", "moved", "taxonomy"),
    ]
    assert changes["detail"][-1] == 'from "L / Serving" to "L / Inference"'


VERDICTS = st.dictionaries(
    st.tuples(
        st.sampled_from("abcdef"), st.sampled_from([MARCH, APRIL]), st.sampled_from(["mean", "strict"])
    ),
    st.sampled_from([True, False, None]),
)


@given(
    VERDICTS,
    st.dictionaries(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["v1", "v2"])), st.sampled_from("XY")),
    st.sampled_from([BEFORE, Vantage(APRIL, "mean", "v1")]),
    st.sampled_from([AFTER, Vantage(APRIL, "strict", "v2"), Vantage(MARCH, "mean", "v2")]),
)  # fmt: skip
def test_kept_and_new_are_after_kept_and_dropped_before_with_one_cause(verdicts, boxes, before, after):
    changes = changes_of(verdicts, boxes, before=before, after=after)

    def landscape(vantage: Vantage) -> set[str]:
        return {
            project
            for (project, month, profile), verdict in verdicts.items()
            if verdict and (month, profile) == (vantage.as_of, vantage.profile_id)
        }

    def of(*kinds: str) -> list[str]:
        return sorted(changes.filter(pl.col("kind").is_in(kinds))["project_id"])

    assert of("kept", "new", "became_known") == sorted(landscape(after))
    assert of("kept", "dropped", "became_unknown") == sorted(landscape(before))
    assert set(of("moved")) <= set(of("kept"))
    assert changes.select("project_id", "kind").is_unique().all()
    assert changes["cause"].null_count() == 0


def test_several_pairs_at_once_are_each_compared_alone():
    verdicts = {("a", MARCH, "mean"): True, ("a", APRIL, "mean"): False, ("b", APRIL, "mean"): True}
    pairs = [(BEFORE, AFTER), (AFTER, BEFORE)]
    together = compute_changes(
        members_from(verdicts),
        domains_from({}),
        pl.DataFrame(schema={"project_id": pl.String, "repo_full_name": pl.String, "first_seen_on": pl.Date}),
        pairs,
    )
    alone = pl.concat(changes_of(verdicts, before=before, after=after) for before, after in pairs)
    assert together.height == 4
    assert together.sort(together.columns).equals(alone.sort(alone.columns))
