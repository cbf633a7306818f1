"""A browser, and a visitor of the app in it."""

from __future__ import annotations

import base64
import re
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import TimeoutError as TooLate
from playwright.sync_api import expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page, Route

CHROMIUM = shutil.which("chromium")
PATIENCE_MS = 30_000
ATTEMPTS = 5
_AVATAR = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

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
    """Debian's chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visiting(
    browser: Browser, address: str, *, width: int = 1440, height: int = 900, scheme: str = "light"
) -> Iterator[Visitor]:
    """A visitor with cookies of their own; whatever lies outside the app is answered by a stand-in."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-GB"
    )
    context.set_default_timeout(PATIENCE_MS)

    def answered(route: Route) -> None:
        if route.request.url.startswith(address):
            route.continue_()
        elif route.request.resource_type == "image":
            route.fulfill(content_type="image/png", body=_AVATAR)
        else:
            route.fulfill(status=204)

    context.route("**/*", answered)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.extend(_complaint(message)))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield Visitor(page, address, complaints)
    finally:
        context.close()


def _complaint(message: ConsoleMessage) -> list[str]:
    """An error that the console shows; Streamlit looks for its server below the page's path first, in vain."""
    url = message.location["url"]
    if message.type != "error" or "/_stcore/" in url:
        return []
    return [f"{message.text} {url}"]
