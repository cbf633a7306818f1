"""`landscape explore`: on the simulated sample, on a day of made-up events, and where there is nothing to explore."""

from __future__ import annotations

import csv
import io
import json
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import yaml
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.floor.settings import CHECKOUT
from pipelines.seeds import check_seeds
from pipelines.sources.gharchive.events import load_hours
from pipelines.warehouse.connection import open_build
from tests.factories import fetched_hour, issue_comment_event, push_event, write_hour

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

NAMES = {1: "octo/app", 2: "octo/engine", 3: "else/awesome-things", 4: "octo/vllm", 5: "else/engine"}


@pytest.fixture
def explore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `landscape explore` over one day, on which two people tie app, engine, a list and a copy."""
    monkeypatch.setenv("LANDSCAPE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LANDSCAPE_PROFILE", "live")
    monkeypatch.setenv("COLUMNS", "200")
    pairs = [(1, 11), (1, 12), (2, 11), (2, 12), (2, 13), (3, 11), (4, 13), (5, 12)]
    lines = [
        issue_comment_event(
            event_id=index, comment_id=index, repo_id=repo_id, repo_full_name=NAMES[repo_id], actor_id=actor_id,
            actor_login=f"person-{actor_id}", created_at="2025-03-03T00:00:00Z",
        )
        for index, (repo_id, actor_id) in enumerate(pairs, start=1)
    ]  # fmt: skip
    lines.append(
        push_event(event_id=99, repo_id=6, repo_full_name="octo/pushed", created_at="2025-03-03T00:00:01Z")
    )
    hour = fetched_hour(write_hour(tmp_path / "2025-03-03-0.json.gz", lines))
    load_hours([hour], tmp_path / "bronze", datetime(2025, 4, 1, tzinfo=UTC), lambda *_: None)
    return lambda *arguments: CliRunner().invoke(app, ["explore", *arguments], catch_exceptions=True)


WIDE = ("--at-least", "1", "--p-value", "1")


def test_each_find_says_how_it_was_found(explore):
    finished = explore("--seed", "Octo/APP", *WIDE, "--format", "json")
    assert finished.exit_code == 0, finished.stderr
    rows = json.loads(finished.stdout)
    assert [(row["hop"], row["repo_full_name"], row["kind"], row["path"]) for row in rows] == [
        (1, "octo/engine", "unknown", "octo/app > octo/engine"),
        (1, "else/awesome-things", "list", "octo/app > else/awesome-things"),
        (1, "else/engine", "fork", "octo/app > else/engine"),
        (2, "octo/vllm", "unknown", "octo/app > octo/engine > octo/vllm"),
    ]
    engine = rows[0]
    assert (engine["shared_people_count"], engine["people_count"], engine["frontier_people_count"]) == (
        2,
        3,
        2,
    )
    assert (engine["leading_people"], engine["source"]) == (["person-11", "person-12"], "gharchive")
    assert (engine["window_start"], engine["window_end"]) == ("2025-01-01", "2025-03-31")
    assert (
        "hop 1: 2 people of 1 repositories are active in 3 others; 3 above the thresholds, 3 taken"
        in finished.stderr
    )
    assert "Stopped after hop 2: as many hops as asked for." in finished.stderr


def test_options_and_formats(explore, tmp_path: Path):
    one = explore(
        "--seed",
        "1",
        *WIDE,
        "--hops",
        "1",
        "--limit",
        "1",
        "--format",
        "csv",
        "--output",
        str(tmp_path / "found.csv"),
    )
    assert one.exit_code == 0, one.stderr
    (row,) = csv.DictReader(io.StringIO((tmp_path / "found.csv").read_text()))
    assert (row["repo_full_name"], row["leading_people"]) == ("octo/engine", "person-11; person-12")
    strict = explore("--seed", "1", "--p-value", "1", "--at-least", "3")
    assert "Nothing found." in strict.stderr
    assert "octo/app > octo/engine" in explore("--seed", "1", *WIDE).stdout


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["--seed", "octo/ap"], 'no repository or project "octo/ap"; did you mean "octo/app"?'),
        (["--seed", "octo/pushed"], "nobody was active in octo/pushed"),
        (["--seed", "vllm"], "nobody was active in vllm"),
        ([], "nobody was active in vllm-project/vllm, ollama/ollama, langchain-ai/langchain, pytorch/pytorch"),
        (["--from", "2015-01-01", "--to", "2015-01-31"], "nobody was active in 2015-01-01..2015-01-31"),
        (["--from", "2015-01-01", "--to", "2015-01-31"], "bronze holds events of 2025-03-03;"),
        (["--from", "2025-3-1"], "expected a day as YYYY-MM-DD"),
        (["--from", "9999-12-31", "--to", "9999-12-31"], "nobody was active in 9999-12-31..9999-12-31"),
        (["--from", "2025-03-02", "--to", "2025-03-01"], "2025-03-01 is before the first day, 2025-03-02"),
    ],
)  # fmt: skip
def test_where_nothing_can_be_explored_the_answer_says_why(explore, arguments: list[str], answer: str):
    finished = explore(*arguments)
    assert finished.exit_code != 0
    said = f"{finished.exception}" if finished.exception and finished.exit_code == 1 else finished.stderr
    assert answer in " ".join(said.replace("│", " ").split())


def test_without_events_the_command_says_how_to_fetch_some(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LANDSCAPE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LANDSCAPE_PROFILE", "live")
    finished = CliRunner().invoke(app, ["explore", "--seed", "apache/spark"])
    assert "there are no events yet" in str(finished.exception)


def test_files_of_other_days_are_not_read(explore, tmp_path: Path):
    broken = tmp_path / "bronze" / "events" / "day=2025-04-05" / "events.parquet"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"no Parquet")
    assert explore("--seed", "1", *WIDE, "--from", "2025-03-03", "--to", "2025-03-31").exit_code == 0
    with_it = explore("--seed", "1", *WIDE, "--from", "2025-03-03", "--to", "2025-04-30")
    assert "bronze could not be read" in str(with_it.exception)


def test_finds_can_be_pasted_into_the_seeds(explore, tmp_path: Path):
    finished = explore("--seed", "octo/app", *WIDE, "--as-seeds")
    assert finished.exit_code == 0, finished.stderr
    blocks: dict[str, str] = {}
    for line in finished.stdout.splitlines():
        if line.startswith("# "):
            title = line.removeprefix("# ")
            blocks[title] = ""
        else:
            blocks[title] += f"{line}\n"
    seeds = tmp_path / "seeds"
    shutil.copytree(CHECKOUT / "seeds", seeds)
    for title, entries in blocks.items():
        name, _, key = title.partition(", under ")
        text = (seeds / name).read_text(encoding="utf-8")
        (seeds / name).write_text(text.replace(f"\n{key}:\n", f"\n{key}:\n{entries}", 1), encoding="utf-8")
    assert check_seeds(seeds) == []
    projects = yaml.safe_load(blocks["projects.yml, under projects"])
    assert [(one["id"], one["origin"], one["repositories"]) for one in projects] == [
        ("engine", "exploration_2025-03", [{"full_name": "octo/engine", "repo_id": 2}]),
        ("octo-vllm", "exploration_2025-03", [{"full_name": "octo/vllm", "repo_id": 4}]),
    ]


def test_the_published_table_is_the_search_from_the_fields_seeds(rows, run):
    published = rows("query", "FROM exploration_candidates ORDER BY hop, rank")
    ours = rows("explore")
    assert [{**row, "path": " > ".join(row["path"])} for row in published] == ours
    assert len(ours) == 13
    assert {row["source"] for row in ours} == {"gharchive-simulated"}
    first = ours[0]
    assert (first["path"], first["shared_people_count"]) == ("ollama/ollama > ggml-org/llama.cpp", 140)
    assert "These events are simulated" in run("explore").stderr


def test_a_build_may_write_meanwhile(run, sample_data_dir: Path):
    with open_build(sample_data_dir / "warehouse"):
        assert run("explore", "--hops", "1").exit_code == 0
