"""Pages and commands read the published file through `pipelines.published`: none has SQL of its own for it."""

from __future__ import annotations

import ast
import re

import pytest

from tests.conftest import CHECKOUT

CONFINED = CHECKOUT / "app" / "console_worker.py"
"""Runs what a reader typed, in a process that may not wait for Polars."""

APP = sorted(path for path in (CHECKOUT / "app").rglob("*.py") if path != CONFINED)
PAGES = [path for path in APP if path.parent.name != "i18n"]  # which translates messages of the stages
COMMANDS_THAT_READ = [
    CHECKOUT / "pipelines" / "cli" / f"{name}.py"
    for name in ("compare", "diff", "edges", "graveyard", "growth", "network", "query", "rank", "view")
]
SQL = re.compile(
    r"\bSELECT\s+[\w*().,\s]+\bFROM\b|^\s*FROM\s+\(?[a-z_]+\b|\b(LEFT )?JOIN\s+[a-z_]+\s+(AS|USING|ON)\b",
    re.MULTILINE,
)


def sql_in(source: str) -> list[str]:
    """Texts of a module that are queries, without its docstrings and what a person reads as an example."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and is_documented(node)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
        and SQL.search(node.value)
        and "landscape query" not in node.value
        and node.value != "FROM projects LIMIT 10"  # what the empty console shows
    ]


def is_documented(node) -> bool:
    return (
        bool(node.body)
        and isinstance(node.body[0], ast.Expr)
        and isinstance(node.body[0].value, ast.Constant)
    )


def imported(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_sql_is_recognised():
    assert sql_in('QUERY = "SELECT a, b FROM projects"')
    assert sql_in('QUERY = f"FROM metadata WHERE {x}"')
    assert sql_in('QUERY = """\n  WITH a AS (SELECT max(month) FROM b)\n"""')
    assert not sql_in('"""SELECT a FROM b, in a docstring."""')
    assert not sql_in('TEXT = "From one month to the next; select one from the list"')


@pytest.mark.parametrize(
    "path", [*APP, *COMMANDS_THAT_READ], ids=lambda path: str(path.relative_to(CHECKOUT))
)
def test_no_page_and_no_reading_command_has_sql(path):
    source = path.read_text(encoding="utf-8")
    assert sql_in(source) == []
    assert "duckdb" not in imported(source)
    assert "networkx" not in imported(source) or path.parent.name == "cli"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_no_page_computes_what_a_stage_computes(path):
    stages = ("pipelines.landscape.", "pipelines.graveyard.", "pipelines.metrics.", "pipelines.warehouse.")
    assert {name for name in imported(path.read_text(encoding="utf-8")) if name.startswith(stages)} == set()


def test_the_published_file_is_opened_in_one_place():
    users = {
        str(path.relative_to(CHECKOUT))
        for path in (CHECKOUT / "pipelines").rglob("*.py")
        if "pipelines.warehouse.connection.attach_read_only" in imported(path.read_text(encoding="utf-8"))
    }
    # Publishing must read the last publication, and tell which it is; all other code asks the reader.
    assert users == {"pipelines/generations.py", "pipelines/publish.py", "pipelines/published/generation.py"}
