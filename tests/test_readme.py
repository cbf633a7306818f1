"""What the README shows works as it is written."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml

from pipelines.seeds import load_seeds
from tests.command import call_landscape

CHECKOUT = Path(__file__).resolve().parents[1]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_shell_queries_answer(sample_data_dir):
    commands = [line for block in blocks("sh") for line in block.splitlines() if "landscape query" in line]
    assert commands
    for command in commands:
        arguments = shlex.split(command)[1:]
        finished = call_landscape(*arguments, data_dir=sample_data_dir)
        assert finished.returncode == 0, finished.stderr
        assert "pytorch" in finished.stdout


def test_python_example_runs_where_the_file_is(sample_data_dir, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "built_sample").symlink_to(sample_data_dir)
    for block in blocks("python"):
        finished = subprocess.run(
            [sys.executable, "-c", block],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        assert "Scira" in finished.stdout


def test_sql_examples_return_rows(sample_data_dir):
    with duckdb.connect(str(sample_data_dir / "public" / "landscape.duckdb"), read_only=True) as connection:
        for block in blocks("sql"):
            assert connection.execute(block).fetchall()


def test_project_example_is_a_valid_entry(tmp_path):
    (example,) = [yaml.safe_load(block) for block in blocks("yaml")]
    assert example[0].keys() <= {"id", "name", "organization", "origin", "repositories"}
    assert example[0]["origin"] in {origin.id for origin in load_seeds(CHECKOUT / "seeds").origins}


def test_make_targets_and_commands_that_are_named_exist(tmp_path):
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`?make ([a-z]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    known = call_landscape("--help", data_dir=tmp_path).stdout
    for command in set(re.findall(r"landscape (build|status|validate|publish|query|[a-z]+)\b`", README)):
        assert command in known, command


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:docs|seeds|data|tests|pipelines)/[\w./-]+)`", README)))
)
def test_paths_that_are_named_exist_or_are_generated(path):
    generated = ("data/built_sample", "data/live")
    assert (CHECKOUT / path).exists() or path.startswith(generated)
