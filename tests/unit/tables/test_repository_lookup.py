"""What people call a repository leads to its number, or to a clear answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.sources.gharchive.facts import EVENT_SCHEMA
from pipelines.tables.exploration.lookup import find_seeds, suggest_seed
from pipelines.warehouse.load import load_frame
from tests.unit.tables.events_in_memory import SEEDS, hold_events, open_without_events, usual_event

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pipelines.tables.workspace import Workspace

VLLM, OPENCODE, A2A = 599547518, 975734319, 954873280


def on(day: int) -> datetime:
    return datetime(2025, 3, day)  # noqa: DTZ001 - UTC, as bronze keeps it


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_without_events(tmp_path_factory.mktemp("names")) as opened:
        yield opened


@pytest.fixture(scope="module")
def events(connection: duckdb.DuckDBPyConnection) -> Workspace:
    return hold_events(
        connection,
        [
            {"repo_id": VLLM, "actor_id": 1, "repo_full_name": "vllm-project/vllm"},
            {"repo_id": OPENCODE, "actor_id": 1, "repo_full_name": "sst/opencode"},
            {"repo_id": A2A, "actor_id": 1, "repo_full_name": "google/A2A"},
            {"repo_id": 1, "actor_id": 1, "repo_full_name": "octo/app", "created_at": on(3)},
            {"repo_id": 2, "actor_id": 1, "repo_full_name": "Octo/App", "created_at": on(9)},
            {"repo_id": 3, "actor_id": 1, "repo_full_name": "octo/pushed", "event_type": "PushEvent"},
        ],
    )


@pytest.mark.parametrize(
    ("text", "repo_id", "remark"),
    [
        ("VLLM-Project/vLLM", VLLM, None),
        ("vllm", VLLM, None),
        (str(VLLM), VLLM, None),
        # Renamed since: the seeds lead to the name of those days.
        ("anomalyco/opencode", OPENCODE, f"anomalyco/opencode is repository {OPENCODE}, called sst/opencode in these days"),
        ("a2aproject/A2A", A2A, f"a2aproject/A2A is repository {A2A}, called google/A2A in these days"),
        ("a2a", A2A, None),
        # One name, two repositories: the newest.
        ("octo/app", 2, "octo/app was the name of 2 repositories in these days; 2, the last one, is taken: name 1 by number if you mean it"),
        ("1", 1, None),
    ],
)  # fmt: skip
def test_a_seed_is_found(events, text: str, repo_id: int, remark: str | None):
    found = find_seeds(events, SEEDS, [text])
    assert (found.active_ids, found.remarks) == ((repo_id,), (remark,) if remark else ())
    assert (found.inactive, found.unknown) == ((), ())


def test_inactive_and_unknown_seeds_are_distinguished(events):
    texts = [
        "pytorch/pytorch",
        "pytorch",
        "65600975",
        "octo/pushed",
        "3",
        "octo/nothing",
        "nobody",
        "99",
        str(2**70),
    ]
    found = find_seeds(events, SEEDS, texts)
    assert found.active_ids == ()
    assert found.inactive == ("pytorch/pytorch", "pytorch", "65600975", "octo/pushed", "3")
    assert found.unknown == ("octo/nothing", "nobody", "99", str(2**70))


def test_the_same_repository_twice_counts_once(events):
    found = find_seeds(events, SEEDS, ["vllm", "vllm-project/vllm", "octo/app"])
    assert found.active_ids == (2, VLLM)
    assert (
        found.remarks[0] == f"vllm and vllm-project/vllm are the same repository, number {VLLM}: counted once"
    )


def test_what_was_meant_is_offered(events):
    assert suggest_seed(events, SEEDS, "vllm-projet/vllm") == '; did you mean "vllm-project/vllm"?'
    assert suggest_seed(events, SEEDS, "vlm") == '; did you mean "vllm"?'
    assert suggest_seed(events, SEEDS, "zzz/qqq") == ""


def test_a_name_of_other_days_leads_to_the_number(connection, events):
    earlier = usual_event(
        0, {"repo_id": 2, "actor_id": 1, "repo_full_name": "first/name", "created_at": on(1)}
    )
    gone = usual_event(1, {"repo_id": 77, "actor_id": 1, "repo_full_name": "gone/app"})
    frame = pl.DataFrame([earlier, gone], schema=EVENT_SCHEMA, orient="row")
    load_frame(connection, "staging", "no_all_event_rows", frame)
    found = find_seeds(events, SEEDS, ["First/Name", "gone/app", "never/seen"])
    assert found.active_ids == (2,)
    assert found.remarks == ("First/Name is repository 2, called Octo/App in these days",)
    assert (found.inactive, found.unknown) == (("gone/app",), ("never/seen",))
