"""Text from outside on a terminal, and tables that fit it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from pipelines.cli.console import Column, print_table, say, table_text, tell, visible
from pipelines.floor.settings import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

NOT_TO_A_PERSON = {"pipelines/floor/confined.py"}
"""Files whose standard output another process of ours reads, as JSON."""

HOSTILE = "Llama [/INST] chat [red]x[/red] [l] :smile: :100: \\[b] 12345"


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize("write", [say, tell])
def test_markup_and_emoji_codes_are_printed_as_they_are(write, capsys):
    write(HOSTILE)
    written = capsys.readouterr()
    assert (written.out + written.err) == HOSTILE + "\n"


def test_a_table_prints_hostile_cells_headings_and_titles_as_they_are(capsys):
    print_table([Column(HOSTILE)], [[HOSTILE]], title=HOSTILE)
    assert capsys.readouterr().out.count(HOSTILE) == 3


def test_control_characters_and_direction_overrides_are_escaped(capsys):
    say("a\x1b[31m\x07\u202egro.elpmaxe\u2066\u200b\x9b\u2028\udcff")
    tell("\r\x1b]0;title\x07")
    table = table_text([Column("n\x1b")], [["one\ntwo\ttab\x1b[2J"]])
    written = capsys.readouterr()
    assert written.out == r"a\x1b[31m\x07\u202egro.elpmaxe\u2066\u200b\x9b\u2028\udcff" + "\n"
    assert written.err == r"\r\x1b]0;title\x07" + "\n"
    assert r"one\ntwo\ttab\x1b[2J" in table
    assert "\x1b" not in table


def test_joiners_and_other_scripts_are_not_escaped():
    for text in ("می\u200cخواهم", "👩\u200d💻", "中文", "naïve"):
        assert visible(text) == text


def _words(text: str) -> set[str]:
    return set(text.split())


@pytest.mark.parametrize("width", [40, 60, 80, 132])
def test_a_table_fits_the_terminal_with_every_word_whole(width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    reason = "the owner announced its replacement on 2025-03-25 and nobody has pushed since; " * 4
    rows = [["1", "stable-diffusion-webui", reason], ["12", "a2a", "short"]]
    table = table_text([Column("rank", is_number=True), Column("project"), Column("reasons")], rows)
    assert max(map(cell_len, table.splitlines())) <= width
    assert _words(" ".join(cell for row in rows for cell in row)) <= _words(table)


def test_a_table_without_room_becomes_records_or_leaves_its_last_columns_out():
    columns = [Column(f"column_{number}") for number in range(12)]
    row = [f"value-number-{number}" for number in range(12)]
    records = table_text(columns, [row, row])
    assert _words(" ".join(row)) <= _words(records)
    shortened = table_text(columns, [row, row], caption="2 rows", drops_columns=True)
    assert "value-number-0 " in shortened
    assert "value-number-11" not in shortened
    assert "column_11" in shortened.split("without")[1]
    for table in (records, shortened):
        assert max(map(cell_len, table.splitlines())) <= 80


def test_wide_characters_count_twice_and_break_anywhere():
    table = table_text([Column("名"), Column("text")], [["项目", "这是一个很长的中文句子没有空格" * 8]])
    assert max(map(cell_len, table.splitlines())) <= 80
    assert table.count("这是一个很长的中文句子没有空格") >= 1


def test_a_sentence_breaks_between_words_and_a_path_never(capsys):
    path = "/data/" + "x" * 100
    tell(f"{'word ' * 30}\n  {path}")
    lines = capsys.readouterr().err.splitlines()
    assert f"  {path}" in lines
    assert all(len(line) <= 80 for line in lines if path not in line)


def test_only_the_console_draws_and_prints():
    """Another console would print markup, colours and control characters of strangers."""
    for file in sorted((CHECKOUT / "pipelines").rglob("*.py")):
        if file.relative_to(CHECKOUT).as_posix() in NOT_TO_A_PERSON | {"pipelines/cli/console.py"}:
            continue
        assert not _printing(file), f"{file}: print through pipelines/cli/console.py"


def _printing(file: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] == "rich"]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "rich":
            found.append(str(node.module))
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in {"print", "typer.echo", "typer.secho", "sys.stdout.write", "sys.stderr.write"}:
                found.append(called)
    return found


def test_a_command_in_backticks_is_never_broken(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "40")
    say("Nothing is published yet; run (`landscape build --sample --wait 600`), then look again.")
    assert "(`landscape build --sample --wait 600`)," in capsys.readouterr().out
