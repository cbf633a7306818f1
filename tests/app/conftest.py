"""The app run by Streamlit's own test harness, on the full, the empty and no published file."""

from __future__ import annotations

import shutil
from functools import cache
from typing import TYPE_CHECKING
from unittest.mock import patch

import duckdb
import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from pipelines.tables.contracts import PUBLISHED
from tests.conftest import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PAGES = sorted(path.stem for path in (CHECKOUT / "app" / "app_pages").glob("*.py") if path.stem != "__init__")

NO_LIMIT_S = 24 * 3600.0
"""AppTest wants a limit; a busy machine may take as long as it takes."""

OpenPage = "Callable[..., AppTest]"


def labelled(widgets, text):
    """The first of some widgets whose label begins so; those that offer choices change their key with these."""
    return next(one for one in widgets if one.label.startswith(text))


@pytest.fixture(scope="session", autouse=True)
def packages_searched_once() -> Iterator[None]:
    """AppTest searches every installed package for components of Streamlit at each run; ours are in the pages."""
    with patch.object(
        manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests)
    ):
        yield


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open a page of the app as a new session, with a data folder and the query of its URL."""

    def opened(page: str, data_dir: Path, **query: str) -> AppTest:
        monkeypatch.setenv("LANDSCAPE_DATA_DIR", str(data_dir))
        app = AppTest.from_file(str(CHECKOUT / "app" / "streamlit_app.py"), default_timeout=NO_LIMIT_S)
        app.query_params.from_dict(query) if hasattr(
            app.query_params, "from_dict"
        ) else app.query_params.update(query)
        app.switch_page(f"app_pages/{page}.py")
        return app.run()

    return opened


@pytest.fixture(scope="session")
def empty_data_dir(sample_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published file with every table and no row but what says which file it is."""
    data_dir = tmp_path_factory.mktemp("empty")
    (data_dir / "public").mkdir()
    with duckdb.connect(str(data_dir / "public" / "landscape.duckdb")) as connection:
        connection.execute(f"ATTACH '{sample_data_dir}/public/landscape.duckdb' AS full_one (READ_ONLY)")
        for table in PUBLISHED:
            rows = "" if table == "metadata" else " LIMIT 0"
            connection.execute(f'CREATE TABLE "{table}" AS FROM full_one."{table}"{rows}')
    return data_dir


@pytest.fixture
def two_publications(sample_data_dir, tmp_path):
    """The sample, and an earlier publication in which vLLM had another mean and another status."""
    earlier = tmp_path / "public" / "generations" / "0123456789abcdef"
    earlier.mkdir(parents=True)
    published = sample_data_dir / "public" / "landscape.duckdb"
    shutil.copy(published, tmp_path / "public")
    shutil.copy(published, earlier)
    with duckdb.connect(str(earlier / "landscape.duckdb")) as connection:
        connection.execute("UPDATE metadata SET snapshot_id = '0123456789abcdef', seeds_hash = 'other'")
        connection.execute(
            "UPDATE landscape_members SET openrank_mean = 600 WHERE project_id = 'vllm'"
            " AND as_of_month = DATE '2025-04-01'"
        )
        connection.execute(
            "UPDATE project_status SET status = 'dormant' WHERE project_id = 'vllm' AND as_of = DATE '2025-04-30'"
        )
    return tmp_path
