# ruff: noqa: T201 - a script that speaks to who runs it
"""`make screenshots`: each page of the app as a picture, at 1440 px light in English and at 390 px dark in Chinese.

The pictures go to ``screenshots/``, which git ignores. The landscape must be built: `make landscape`.
"""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import expect

from pipelines.floor.settings import load_settings
from tests.app.conftest import PAGES
from tests.browser.server import running_app
from tests.browser.visitor import CHROMIUM, launched, new_profile, telling_path, visiting
from tests.conftest import CHECKOUT

FOLDER = CHECKOUT / "screenshots"


@dataclass(frozen=True, slots=True)
class Look:
    """How a visitor sees the app."""

    name: str
    language: str
    width: int
    height: int
    scheme: str


LOOKS = (
    Look("1440-light-en", "en", 1440, 1000, "light"),
    Look("390-dark-zh", "zh", 390, 844, "dark"),
)
TALLEST = 8_000  # pixels; a longer page is cut off
CONTENT_HEIGHT = """
() => Math.max(...[...document.querySelectorAll("[data-testid=stMain]")].map((main) => main.scrollHeight))
"""


def main() -> None:
    """Make every picture, and say where it is."""
    if CHROMIUM is None:
        raise SystemExit("no chromium on the path: `sudo apt-get install chromium` and run this again")
    FOLDER.mkdir(exist_ok=True)
    with running_app(load_settings().data_dir) as address, launched() as browser:
        for look in LOOKS:
            profile = new_profile(browser, width=look.width, height=look.height, scheme=look.scheme)
            with visiting(profile, address) as visitor:
                for page in PAGES:
                    visitor.page.set_viewport_size({"width": look.width, "height": look.height})
                    visitor.open(telling_path(page, look.language))
                    expect(visitor.page.locator("[class*=st-key-figure-]").first).to_be_visible()
                    visitor.page.wait_for_load_state("networkidle")
                    expect(visitor.page.get_by_test_id("stSkeleton")).to_have_count(0)
                    visitor.page.wait_for_timeout(
                        1_500
                    )  # charts and the poster draw after the script has run
                    # The app scrolls inside the window, so the window is made as tall as the page.
                    height = min(max(look.height, visitor.page.evaluate(CONTENT_HEIGHT)), TALLEST)
                    visitor.page.set_viewport_size({"width": look.width, "height": height})
                    visitor.page.wait_for_timeout(800)  # charts are redrawn for the new height
                    path = FOLDER / f"{page}-{look.name}.png"
                    visitor.page.screenshot(path=path)
                    print(path.relative_to(CHECKOUT))


if __name__ == "__main__":
    main()
