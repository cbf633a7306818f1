"""Commands run in this process on the published sample."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result


@pytest.fixture
def run(sample_data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `landscape` with these arguments, in a terminal wide enough for a table."""
    monkeypatch.setenv("LANDSCAPE_DATA_DIR", str(sample_data_dir))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(app, arguments, catch_exceptions=False)


@pytest.fixture
def rows(run: Callable[..., Result]) -> Callable[..., list[dict[str, Any]]]:
    """The rows that a command answers with, as JSON."""

    def read(*arguments: str) -> list[dict[str, Any]]:
        finished = run(*arguments, "--format", "json")
        assert finished.exit_code == 0, finished.stderr
        found: list[dict[str, Any]] = json.loads(finished.stdout)
        return found

    return read
