from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import stamina

from pipelines.floor.settings import DataProfile, Settings
from pipelines.sources.connect import Upstreams, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_httpserver import HTTPServer

ATTEMPTS = 3


@pytest.fixture(autouse=True)
def retries_without_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=ATTEMPTS):
        yield


@pytest.fixture
def live(httpserver: HTTPServer) -> Iterator[Upstreams]:
    """The live profile, with every host at a loopback server."""
    settings = Settings(
        data_profile=DataProfile.LIVE,
        urls={
            "gharchive": httpserver.url_for("/gharchive"),
            "opendigger": httpserver.url_for("/opendigger"),
            "github_api": httpserver.url_for("/api"),
        },
    )
    upstreams = connect(settings, datetime(2026, 1, 2, 3, tzinfo=UTC))
    with upstreams.session:
        yield upstreams


@pytest.fixture
def sample() -> Upstreams:
    """The committed sample."""
    return connect(Settings(data_profile=DataProfile.SAMPLE), datetime(2030, 1, 1, tzinfo=UTC))
