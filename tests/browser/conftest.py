"""One app and one browser for all tests here; each test is a visitor with a session of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.server import running_app
from tests.browser.visitor import CHROMIUM, launched, new_profile, visiting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext

    from tests.browser.visitor import Visitor


# Playwright keeps an event loop running in this thread: it must be gone before tests of others, which run their own.
@pytest.fixture(scope="module")
def profile() -> Iterator[BrowserContext]:
    if CHROMIUM is None:
        pytest.skip("no chromium on the path: `apt-get install chromium` to run the tests in a browser")
    with launched() as opened:
        yield new_profile(opened)


@pytest.fixture(scope="module")
def app_address(sample_data_dir: Path) -> Iterator[str]:
    with running_app(sample_data_dir) as address:
        yield address


@pytest.fixture
def visitor(profile: BrowserContext, app_address: str) -> Iterator[Visitor]:
    with visiting(profile, app_address) as opened:
        yield opened
