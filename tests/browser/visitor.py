"""A browser, and a visitor of the app in it."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import TimeoutError as TooLate
from playwright.sync_api import expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

CHROMIUM = shutil.which("chromium")
PATIENCE_MS = 30_000
ATTEMPTS = 5
NOBODY_ELSE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
"""No host but this one has an address; an interception of requests would switch the browser's cache off."""

expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A page of the browser on the app, and what its console complained about."""

    page: Page
    address: str
    complaints: list[str]

    def open(self, path: str) -> None:
        """Go to a page of the app and wait until it is drawn."""
        self.page.goto(f"{self.address}/{path}")
        self.settle()

    def settle(self) -> None:
        """Wait until the script has run to its end."""
        expect(self.page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        expect(self.page.locator(".st-key-band")).to_be_visible()

    def see_figures(self) -> None:
        """Wait until the first figure is in sight, no part of the page is still a grey bar, and each chart is drawn."""
        expect(self.page.locator("[class*=st-key-figure-]").first).to_be_visible()
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0)
        expect(self.page.locator("[data-testid=stPlotlyChart]:not(:has(.main-svg))")).to_have_count(0)

    def choose(self, box: str, option: str) -> None:
        """Pick what begins with `option`; a rerun of the script closes the open list, so that it is asked for again."""
        wanted = self.page.get_by_role("option", name=re.compile(f"^{re.escape(option)}"))
        for _attempt in range(ATTEMPTS):
            self.settle()
            # A long list holds only what is in sight: typing brings the option there.
            self.page.get_by_role("combobox", name=box).fill(option)
            with suppress(TooLate):
                wanted.click(timeout=PATIENCE_MS / ATTEMPTS)
                return
        raise AssertionError(f"{box} offers nothing that begins with {option!r}")


def telling_path(page: str, language: str) -> str:
    """Path of a page with something to see: a comparison is empty until projects are chosen."""
    chosen = "projects=vllm&projects=sglang&" if page == "compare" else ""
    return f"{'' if page == 'landscape' else page}?{chosen}lang={language}"


@contextmanager
def launched() -> Iterator[Browser]:
    """Debian's chromium without a window, which reaches nothing but this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", NOBODY_ELSE])
        try:
            yield browser
        finally:
            browser.close()


def new_profile(
    browser: Browser, *, width: int = 1440, height: int = 900, scheme: str = "light"
) -> BrowserContext:
    """A window size, a colour scheme, and a cache of what the app's pages have in common."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-GB"
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


@contextmanager
def visiting(profile: BrowserContext, address: str) -> Iterator[Visitor]:
    """A visitor of the app: a new session, and nothing kept of visits before but the cache."""
    profile.clear_cookies()
    page = profile.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.extend(_complaint(message, address)))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield Visitor(page, address, complaints)
    finally:
        page.close()


def _complaint(message: ConsoleMessage, address: str) -> list[str]:
    """An error that the console shows, but for files of other hosts, such as faces, which nobody reaches here.

    Streamlit looks for its server below the page's path first, in vain.
    """
    url = message.location["url"]
    is_elsewhere = url.startswith("http") and not url.startswith(address)
    if message.type != "error" or "/_stcore/" in url or is_elsewhere:
        return []
    return [f"{message.text} {url}"]
