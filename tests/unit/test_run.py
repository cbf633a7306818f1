"""A refresh whose upstreams are down: what it goes on without, and what it cannot do without."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

import pytest

from pipelines import run
from pipelines.build import prepare
from pipelines.floor.errors import SourceError
from pipelines.floor.settings import DataProfile, Settings
from tests.unit.sources.stub import SOURCE

if TYPE_CHECKING:
    from pathlib import Path


class Listener(run.Watcher):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def tell(self, text: str) -> None:
        self.lines.append(text)


@pytest.mark.parametrize("needs_token", [True, False])
def test_a_source_that_no_refresh_needs_may_be_down_from_the_first_day(
    needs_token: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(_context: object, _on_progress: object) -> NoReturn:
        raise SourceError("the token is refused")

    monkeypatch.setattr(run, "compute_openrank", lambda _build, _watcher: {})
    monkeypatch.setattr(run, "build_tables", lambda _build, _watcher, _acceptance: "published")
    settings = Settings(data_profile=DataProfile.LIVE, data_dir=tmp_path)
    build = prepare(settings, datetime(2026, 9, 20, 5, tzinfo=UTC))
    source, listener = replace(SOURCE, fetch=fetch, needs_token=needs_token), Listener()
    if not needs_token:
        with pytest.raises(SourceError, match="the token is refused"):
            run.refresh(build, [source], listener)
        return
    publication, outages = run.refresh(build, [source], listener)
    assert (publication, [error.what for error in outages]) == ("published", ["the token is refused"])
    assert listener.lines == [
        "Downloads: the token is refused",
        "Downloads: not up to date; going on without it",
    ]
