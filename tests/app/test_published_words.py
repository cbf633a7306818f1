"""What the published file says, in Chinese: no text or message of the sample is left in English."""

from __future__ import annotations

import re

import pytest

from app.i18n import use_language
from app.i18n.extraction import published_texts
from app.i18n.published import _dated, in_reader_words, said, written
from pipelines.floor.messages import TEXT, Message, encode
from pipelines.seeds import load_seeds
from tests.conftest import CHECKOUT

TEXTS = {
    "units of metrics": "SELECT unit FROM metric_catalog",
    "windows of metrics": 'SELECT "window" FROM metric_catalog',
    "definitions of metrics": "SELECT definition FROM metric_catalog",
    "formulas of metrics": "SELECT formula FROM metric_catalog",
    "references of metrics": "SELECT reference FROM metric_catalog",
    "caveats of metrics": "SELECT unnest(caveats) FROM metric_catalog",
    "rules of membership": "SELECT reason FROM membership_profiles",
    "units of thresholds": "SELECT unit FROM thresholds",
    "thresholds": "SELECT reason FROM thresholds",
    "names of sources": "SELECT name FROM data_sources",
    "sources": "SELECT description FROM data_sources",
    "reports": "SELECT report FROM published_figures",
    "places in reports": 'SELECT "where" FROM published_figures',
}
"""Columns that pages show by `in_reader_words`."""

MESSAGES = {
    "statuses": "SELECT DISTINCT unnest(reason_messages) FROM project_status",
    "domains": "SELECT DISTINCT unnest(reason_messages) FROM project_domains",
    "dated events": "SELECT DISTINCT message FROM project_annotations",
    "gaps": "SELECT DISTINCT unnest(detail_messages) FROM data_coverage WHERE is_gap",
    "networks": "SELECT published_remark_message FROM graph_summary WHERE published_remark IS NOT NULL",
}
"""Columns that pages show by `said`."""

ISO_DATE = re.compile(r"\d{4}-[-\d]+")
SAME_IN_BOTH = re.compile(r"OpenRank [\d.:,、： 年月无未知临近估计-]*|'[^']*' [\d.]+")


@pytest.fixture(autouse=True)
def english_again():
    yield
    use_language("en")


def is_chinese(text: str) -> bool:
    return re.search(r"[\u4e00-\u9fff]", text) is not None


@pytest.mark.parametrize("column", TEXTS)
def test_every_text_of_the_sample_is_in_the_catalogue(landscape, column):
    texts = {text for (text,) in landscape.execute(TEXTS[column]).fetchall() if text}
    assert texts, "nothing was looked at"
    assert texts <= published_texts(load_seeds(CHECKOUT / "seeds"))


@pytest.mark.parametrize("column", MESSAGES)
def test_every_message_of_the_sample_is_said_in_chinese(landscape, column):
    messages = [message for (message,) in landscape.execute(MESSAGES[column]).fetchall()]
    assert messages, "nothing was looked at"
    use_language("zh")
    left = [text for text in map(said, messages) if not is_chinese(text) and not SAME_IN_BOTH.fullmatch(text)]
    assert left == []


def test_what_nobody_translated_stays_as_it_is():
    use_language("zh")
    assert in_reader_words("Nobody translated this.") == "Nobody translated this."
    listed = Message(
        "fact.listed", {"day": "2025-05-20", "text": Message(TEXT, {"text": "Words of others."})}
    )
    assert written(listed) == "2025年5月20日 列入：Words of others."


def test_words_of_pages_and_of_the_file_are_kept_apart():
    use_language("zh")
    assert in_reader_words("unit that no page and no file has") == "unit that no page and no file has"
    assert in_reader_words("people") == "人"


@pytest.mark.parametrize(
    ("message", "chinese"),
    [
        (Message("fact.stars", {"stars_count": 10203, "day": "2023-07-02"}), "2023年7月2日 有 10,203 个星标"),
        (
            Message(
                "change.verdicts",
                {
                    "before": Message(
                        "member.too_old",
                        {
                            "verdict": Message(
                                "member.not_above",
                                {
                                    "mean": 9.91,
                                    "months_count": 6,
                                    "window_months_count": 6,
                                    "threshold": 10.0,
                                },
                            ),
                            "last_passed_month": "2021-05",
                        },
                    ),
                    "after": Message("change.no_candidate"),
                },
            ),
            "之前：OpenRank 均值为 9.91（6 个月中的 6 个月），未高于 10；最近一次达标截至 2021年5月；之后：不是候选",
        ),
        (
            Message(
                "fact.openrank",
                {
                    "months": (
                        Message("fact.month_without_value", {"month": "2025-02"}),
                        Message("fact.month_value", {"month": "2025-03", "openrank": 4.27}),
                        Message("fact.month_unknown", {"month": "2025-04"}),
                    )
                },
            ),
            "OpenRank 2025年2月：无、2025年3月：4.27、2025年4月：未知",
        ),
        (
            Message(
                "event.renamed",
                {
                    "name": "OpenHands/OpenHands",
                    "former_names": ("All-Hands-AI/OpenHands", "OpenDevin/OpenDevin"),
                },
            ),
            "首次以 OpenHands/OpenHands 之名出现，曾用名 All-Hands-AI/OpenHands、OpenDevin/OpenDevin",
        ),
        (
            Message("domain.topics", {"terms": ("'llm, fast'", "'it's'"), "gain": 0.31}),
            "主题：'llm, fast'、'it's'（+0.31）",
        ),
    ],
)
def test_a_message_reads_as_chinese(message, chinese):
    use_language("zh")
    assert said(encode(message)) == chinese


def test_days_and_months_of_a_message_are_written_as_on_the_pages():
    renamed = Message(
        "fact.trend_silent", {"month": "2025-04", "peak": 9, "peak_month": "2024-13", "drawdown_ratio": 1}
    )
    text = said(encode(renamed))
    assert text.startswith("up to Apr 2025,")
    assert text.endswith("in 2024-13"), "which is no month"
    assert said(encode(Message("fact.created", {"day": "2023-02-09"}))) == "created on Feb 9, 2023"


def test_pages_show_reasons_in_chinese(open_page, sample_data_dir):
    project = open_page("project", sample_data_dir, lang="zh", project="vllm")
    assert any(
        "· 最近 3 个完整月份中至少一个月有 OpenRank\n· 创建于 2023年2月9日" in text.value
        for text in project.text
    )
    graveyard = open_page("graveyard", sample_data_dir, lang="zh")
    (stones,) = [frame.value for frame in graveyard.dataframe if "by" in frame.value.columns]
    assert any("官方宣布终止：所有者已宣布终止；创建于" in reasons for reasons in stones["reasons"])
    changes = open_page("changes", sample_data_dir, lang="zh", before="2025-01", after="2025-04")
    assert all(detail.startswith(":small[之前：") for detail in changes.table[0].value["详情"])


def test_the_details_of_changes_are_those_of_the_file_in_english(open_page, sample_data_dir, landscape):
    changes = open_page("changes", sample_data_dir, before="2025-03", after="2025-04")
    shown = changes.table[0].value["Detail"]
    published = {
        f":small[{ISO_DATE.sub(lambda iso: _dated(iso[0]), detail)}]"
        for (detail,) in landscape.execute(
            "SELECT detail FROM landscape_changes WHERE as_of_month_after = DATE '2025-04-01'"
        ).fetchall()
    }
    assert len(shown) > 0
    assert {re.sub(r"\\(.)", r"\1", detail) for detail in shown} <= published
