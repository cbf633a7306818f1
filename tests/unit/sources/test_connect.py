from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipelines.floor.settings import Settings
from pipelines.sources.http import get

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer

    from pipelines.sources.connect import Upstreams


def test_the_sample_has_its_own_clock_and_no_host(sample: Upstreams) -> None:
    assert sample.retrieved_at == datetime(2025, 10, 5, tzinfo=UTC)
    addresses = [*sample.urls.values(), sample.reference_url]
    assert all(address.startswith("sample://") for address in addresses)
    assert not sample.session.trust_env


def test_live_asks_the_hosts_of_the_settings_now(live: Upstreams, httpserver: HTTPServer) -> None:
    assert live.urls["gharchive"] == httpserver.url_for("/gharchive")
    assert live.urls["opendigger"] == httpserver.url_for("/opendigger")
    assert live.urls["github_api"] == httpserver.url_for("/api")
    assert live.retrieved_at == datetime(2026, 1, 2, 3, tzinfo=UTC)
    assert live.session.trust_env


def test_reference_tables_come_from_the_sample_in_both(sample: Upstreams, live: Upstreams) -> None:
    name = "landscape_2025-05_shared_developers.csv"
    from_live = get(live.session, f"{live.reference_url}/{name}")
    assert from_live.status_code == 200
    assert from_live.content == get(sample.session, f"{sample.reference_url}/{name}").content


def test_the_sample_belongs_to_the_checkout_wherever_data_goes(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path).sample_archive.is_file()
