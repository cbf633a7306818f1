"""Every command that answers with rows, on a terminal of 80 columns; and `--help` of every command."""

from __future__ import annotations

import csv
import io
import itertools

import pytest
import typer
from rich.cells import cell_len
from typer.testing import CliRunner

from pipelines.cli.app import COMMANDS, app

TABLES = [
    "rank",
    *(
        f"growth {view}"
        for view in ("domains", "risers", "fallers", "entrants", "quarter", "spikes", "plateaus")
    ),
    "growth crossover --project pytorch --project tensorflow",
    "growth first-months",
    "growth areas",
    "diff --from 2025-01 --as-of 2025-04",
    "compare vllm sglang",
    "compare vllm sglang pytorch dify ollama langchain",
    "compare vllm sglang --align age",
    *(f"graveyard {view}" for view in ("ended", "on-the-way", "status", "survival")),
    "edges",
    "edges --project vllm",
    *(f"network {view}" for view in ("summary", "core", "isolated", "communities", "domains")),
    "network ego --project vllm",
    "network ego edges --project vllm",
    "query FROM~projects",
    "status",
]
FIRST_COLUMNS = ("project_id", "riser", "neighbour", "domain", "area", "community")


@pytest.mark.parametrize("line", TABLES)
def test_a_table_fits_80_columns_with_every_word_whole(line, run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    arguments = [argument.replace("~", " ") for argument in line.split()]
    finished = run(*arguments)
    assert finished.exit_code == 0, finished.stderr
    for written in (finished.stdout, finished.stderr):
        too_long = [shown for shown in written.splitlines() if cell_len(shown) > 80 and "/" not in shown]
        assert not too_long
    if arguments[0] in {"status", "compare", "query"}:
        return
    whole = csv.DictReader(io.StringIO(run(*arguments, "--format", "csv").stdout))
    column = next((name for name in FIRST_COLUMNS if name in (whole.fieldnames or ())), None)
    words = {word for row in itertools.islice(whole, 20) for word in row.get(column or "", "").split()}
    if arguments[0] != "rank":  # it shows names in place of ids
        assert words <= set(finished.stdout.split())


def test_every_command_teaches_by_an_example():
    for name, function in itertools.chain.from_iterable(commands.items() for commands in COMMANDS.values()):
        assert f"landscape {name}" in (function.__doc__ or ""), f"{name} shows no example"


def test_help_shows_brackets_as_they_are():
    assert "[snyk]" in CliRunner().invoke(app, ["activity", "--help"]).stdout


def test_a_refusal_shows_control_characters_escaped(monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise typer.BadParameter("there is only \x1b[31mred\u202e", param_hint="--scope")

    monkeypatch.setattr("pipelines.cli.rank.chosen_view", refuse)
    finished = CliRunner().invoke(app, ["rank"])
    assert finished.exit_code == 2
    assert r"\x1b[31mred\u202e" in finished.stderr
    assert "\x1b[31mred" not in finished.stderr
