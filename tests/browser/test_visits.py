"""What only a browser can show: URLs, keys, clicks, downloads, and text that stays text."""

from __future__ import annotations

import io
import re
import shutil
import time
from functools import cache

import duckdb
import polars as pl
import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import expect

from pipelines.published import open_landscape
from tests.app.conftest import PAGES
from tests.browser.server import running_app
from tests.browser.visitor import PATIENCE_MS, telling_path, visiting
from tests.conftest import CHECKOUT

HOSTILE_TEXT = (
    "<script>window.spoiled = 1</script> **bold** [link](https://example.com) <b>fat</b> $x^2$ :smile:"
)
HOSTILE_NAME = "<b>v</b><i>LLM</i> <img src=x onerror='window.spoiled=1'> *one*"

# What sliders, fields and lists of choices show, with their labels.
CHOSEN = """
() => [...document.querySelectorAll("[data-testid=stSlider], [data-testid=stMultiSelect], [data-testid=stSelectbox]")]
  .map((widget) => widget.textContent + [...widget.querySelectorAll("input")].map((input) => ` ${input.value}`).join(""))
"""

# Every text of the page, of its shadow trees and of what a screen reader says, each on its own.
ALL_TEXTS = """
() => {
  const found = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) found.push(node.textContent.trim());
    if (node.nodeType === Node.ELEMENT_NODE) {
      if (["SCRIPT", "STYLE", "CODE"].includes(node.tagName)) return; // SQL is the same in every language
      // Of Streamlit and of Plotly, not ours.
      if (node.dataset.testid === "stElementToolbar" || node.classList.contains("modebar")) return;
      for (const name of ["aria-label", "placeholder", "title", "alt"]) found.push(node.getAttribute(name) ?? "");
      if (node.shadowRoot) node.shadowRoot.childNodes.forEach(walk);
    }
    node.childNodes.forEach(walk);
  };
  walk(document.body);
  return [...new Set(found.filter(Boolean))];
}
"""
FOCUSED_CARD = """
() => {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active?.classList.contains("card") ? active.querySelector(".name").textContent : null;
}
"""


@pytest.fixture
def public_copy(sample_data_dir, tmp_path):
    """A data folder with a copy of the published sample, to be spoiled or replaced."""
    shutil.copytree(sample_data_dir / "public", tmp_path / "public", symlinks=True)
    return tmp_path / "public" / "landscape.duckdb"


def cards(visitor):
    """Names of the cards of the poster, once there are any."""
    expect(visitor.page.locator(".card").first).to_be_visible()
    return visitor.page.locator(".card .name").all_inner_texts()


def test_filters_travel_in_the_url(visitor, profile, app_address):
    visitor.open("?lang=en")
    everything = cards(visitor)
    visitor.page.get_by_text("Rule, comparison and filters").click()
    visitor.choose("Domain", "Serving")
    visitor.page.keyboard.press("Escape")
    expect(visitor.page).to_have_url(re.compile("domain=Serving"))
    expect(visitor.page.locator(".box")).to_have_count(1)
    expect(visitor.page.get_by_text("filters: 1 active")).to_be_visible()
    shown = cards(visitor)
    assert 0 < len(shown) < len(everything)
    with visiting(profile, app_address) as other:
        other.page.goto(visitor.page.url)
        expect(other.page.locator(".box")).to_have_count(1)
        assert cards(other) == shown


def test_back_from_a_project_is_the_same_poster(visitor):
    visitor.open("?domain=Serving&lang=en")
    expect(visitor.page.locator(".box")).to_have_count(1)
    shown = cards(visitor)
    visitor.page.locator(".card", has_text="vLLM").click()
    expect(visitor.page.get_by_role("heading", name="vLLM", exact=True)).to_be_visible()
    expect(visitor.page).to_have_url(re.compile("/project.*project=vllm"))
    visitor.page.go_back()
    expect(visitor.page).to_have_url(re.compile("domain=Serving"))
    expect(visitor.page.locator(".box")).to_have_count(1)
    assert cards(visitor) == shown


def test_the_keyboard_reaches_a_card_and_opens_it(visitor):
    visitor.open("?lang=en")
    first = cards(visitor)[0]
    for _press in range(60):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate(FOCUSED_CARD):
            break
    assert visitor.page.evaluate(FOCUSED_CARD) == first
    expect(visitor.page.locator(".facts")).to_contain_text("OpenRank")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("heading", name=first, exact=True)).to_be_visible()


def test_filters_chosen_one_after_another_all_stay(visitor):
    visitor.open("?lang=en")
    visitor.page.get_by_text("filters: none active").click()
    # Each of them changes the numbers next to the options of the others.
    for box, option in (("Domain", "Serving"), ("Language", "Python"), ("Status", "active")):
        visitor.choose(box, option)
        visitor.page.keyboard.press("Escape")
        expect(visitor.page.locator(".react-aria-ComboBox [data-tag]").filter(has_text=option)).to_have_count(
            1
        )
    expect(visitor.page).to_have_url(re.compile(r"domain=Serving&language=Python&status=active"))
    visitor.page.get_by_role("button", name="Remove Python").last.click()
    expect(visitor.page).to_have_url(re.compile(r"domain=Serving&status=active"))
    expect(visitor.page.locator(".box")).to_have_count(1)


@pytest.mark.parametrize("path", ["?domain=Serving&against=2025-03", "changes?", "graveyard?stars=5000"])
def test_widgets_say_the_same_in_another_language_as_on_a_fresh_visit(profile, app_address, visitor, path):
    visitor.open(f"{path}&lang=en")
    switch_to_chinese(visitor)
    with visiting(profile, app_address) as other:
        other.page.goto(visitor.page.url)
        until = time.monotonic() + PATIENCE_MS / 1000
        while True:
            visitor.settle()
            other.settle()
            here, there = (one.page.evaluate(CHOSEN) for one in (visitor, other))
            if (here and here == there) or time.monotonic() > until:
                break
            visitor.page.wait_for_timeout(100)
        assert here
        assert here == there


def switch_to_chinese(visitor) -> None:
    visitor.page.get_by_role("radio", name="中文").or_(
        visitor.page.get_by_role("button", name="中文")
    ).first.click()
    expect(visitor.page).to_have_url(re.compile("lang=zh"))
    expect(visitor.page.get_by_text("截至 2025年4月").first).to_be_visible()


def test_a_chosen_language_survives_the_bar_on_top_a_reload_and_the_way_back(visitor):
    visitor.open("project?project=vllm&lang=en")
    switch_to_chinese(visitor)
    entries = visitor.page.evaluate("history.length")
    link = visitor.page.get_by_test_id("stTopNavLink").filter(has_text="变化")
    link.focus()
    assert link.get_attribute("href").endswith("/changes?lang=zh"), "as a new tab would open it"
    link.click()
    expect(visitor.page).to_have_url(re.compile(r"/changes\?lang=zh$"))
    visitor.settle()
    assert visitor.page.evaluate("history.length") == entries + 1
    visitor.page.reload()
    expect(visitor.page.get_by_text("截至 2025年4月").first).to_be_visible()
    expect(visitor.page).to_have_url(re.compile(r"/changes\?lang=zh$"))
    visitor.page.go_back()
    expect(visitor.page).to_have_url(re.compile("/project.*project=vllm&lang=zh"))


@cache
def english_of_ours() -> tuple[frozenset[str], re.Pattern[str]]:
    """What the catalogue translates: texts, and a pattern of those with fields."""
    with (CHECKOUT / "app" / "i18n" / "zh.po").open(encoding="utf-8") as file:
        catalogue = [message for message in read_po(file, locale="zh_Hans") if message.id]
    texts = {
        text
        for message in catalogue
        if message.string != message.id
        for text in (message.id if isinstance(message.id, tuple) else (message.id,))
    }
    # Not those of fields and a short word, such as "{first} to {last}": Streamlit's own texts fit them.
    fields = [text for text in texts if "{" in text and len(re.sub(r"\{\w+\}|\W", "", text)) >= 5]
    pattern = "|".join(re.sub(r"\\\{\w+\\\}", ".+", re.escape(text)) for text in sorted(fields))
    return frozenset(text for text in texts if "{" not in text), re.compile(pattern)


@pytest.mark.parametrize("page", PAGES)
def test_no_page_complains_and_the_language_switch_leaves_no_english_of_ours(visitor, page):
    visitor.open(telling_path(page, "en"))
    visitor.see_figures()
    assert visitor.complaints == []
    switch_to_chinese(visitor)
    visitor.settle()
    visitor.see_figures()
    texts, pattern = english_of_ours()

    def left() -> list[str]:
        shown = visitor.page.evaluate(ALL_TEXTS)
        assert len(shown) > 20
        return [text for text in shown if text in texts or pattern.fullmatch(text)]

    # What the last run drew is taken away some time after the next one has ended.
    until = time.monotonic() + PATIENCE_MS / 1000
    while left() and time.monotonic() < until:
        visitor.page.wait_for_timeout(100)
    assert left() == []
    assert visitor.complaints == []


def test_text_from_github_stays_text(profile, public_copy, tmp_path):
    with duckdb.connect(str(public_copy)) as connection:
        connection.execute(
            "UPDATE projects SET name = ?, description = ? WHERE project_id = 'vllm'",
            [HOSTILE_NAME, HOSTILE_TEXT],
        )
    with running_app(tmp_path) as address, visiting(profile, address) as visitor:
        visitor.open("?domain=Serving&lang=en")
        card = visitor.page.locator(".card", has_text="onerror")
        card.hover()
        expect(visitor.page.locator(".facts")).to_contain_text(HOSTILE_TEXT)
        assert visitor.page.locator(".poster script, .poster b, .poster i, .poster img[src=x]").count() == 0

        visitor.open("project?project=vllm&lang=en")
        heading = visitor.page.get_by_test_id("stHeading").first
        expect(heading).to_have_text(HOSTILE_NAME)
        expect(visitor.page.get_by_text(HOSTILE_TEXT, exact=True)).to_be_visible()
        assert visitor.page.get_by_role("link", name="link", exact=True).count() == 0

        visitor.open("rankings?lang=en")
        bar = visitor.page.locator(".st-key-movers .barlayer .point path").first
        bar.scroll_into_view_if_needed()
        bar.hover(force=True)
        expect(visitor.page.locator(".st-key-movers .hoverlayer .hovertext")).to_contain_text(HOSTILE_NAME)
        assert not visitor.page.evaluate("window.spoiled")
        assert visitor.complaints == []


def test_a_refresh_reaches_sessions_that_are_open(profile, public_copy, tmp_path):
    with (
        running_app(tmp_path) as address,
        visiting(profile, address) as first,
        visiting(profile, address) as second,
    ):
        first.open("?lang=en")
        second.open("rankings?lang=en")
        newer = public_copy.with_name("newer.duckdb")
        shutil.copy(public_copy, newer)
        with duckdb.connect(str(newer)) as connection:
            connection.execute("UPDATE metadata SET field_name = 'Renewed field', snapshot_id = 'newer'")
        newer.replace(public_copy)
        first.page.get_by_label("Search the projects").fill("serving")
        first.page.keyboard.press("Enter")
        second.page.get_by_test_id("stMain").get_by_text("10", exact=True).first.click()
        for visitor in (first, second):
            expect(visitor.page.locator(".st-key-band")).to_contain_text("Renewed field")
            assert visitor.complaints == []


def test_a_download_holds_the_rows_that_are_shown(visitor, landscape, sample_data_dir):
    visitor.open("rankings?top=10&scope=domain%3AServing&lang=en")
    visitor.page.locator(".st-key-figure-rankings").get_by_role("button", name="About").click()
    with visitor.page.expect_download() as downloading:
        visitor.page.get_by_test_id("stDownloadButton").filter(has_text="CSV").locator("button").click()
    snapshot, as_of, as_of_month = landscape.execute(
        "SELECT snapshot_id, as_of, as_of_month FROM metadata"
    ).fetchall()[0]
    assert downloading.value.suggested_filename == f"rankings-{snapshot}.csv"
    line, _newline, table = downloading.value.path().read_text(encoding="utf-8").partition("\n")
    assert line == (
        f"# OSS Landscape, snapshot {snapshot}, as of {as_of};"
        " data: OSS Landscape · ◐ derived, OpenDigger v2, fetched Oct 5, 2025; window: Jan 2025 to Apr 2025"
    )
    shown = open_landscape(sample_data_dir / "public").rankings.ranking(
        as_of_month, scope="domain=Serving", top=10
    )
    published = landscape.sql(shown.sql, params=dict(shown.params)).pl()
    assert published.height == 10
    assert pl.read_csv(io.StringIO(table)).equals(pl.read_csv(io.StringIO(published.write_csv())))


def test_a_picture_of_a_chart_says_where_it_is_from(visitor, landscape):
    ((snapshot, as_of),) = landscape.execute("SELECT snapshot_id, as_of FROM metadata").fetchall()
    visitor.open("rankings?lang=en")
    chart = visitor.page.locator(".st-key-movers")
    chart.locator(".barlayer .point").first.scroll_into_view_if_needed()
    chart.hover()
    with visitor.page.expect_download() as downloading:
        chart.locator(".modebar-btn[data-title^='Download plot']").click()
    assert downloading.value.suggested_filename == f"movers-{snapshot}.svg"
    picture = downloading.value.path().read_text(encoding="utf-8")
    assert picture.startswith("<svg")
    assert f"OSS Landscape, snapshot {snapshot}, as of {as_of}" in picture
