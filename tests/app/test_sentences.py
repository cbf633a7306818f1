"""Sentences of the published file in Chinese: none is missing, none is wrong in its parts, none is left over."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from babel.messages.pofile import read_po
from hypothesis import assume, example, given
from hypothesis import strategies as st

from app.i18n import sentences, use_language
from app.i18n.sentences import in_reader_words, pattern_of
from pipelines.classification.assignment import assign_domain, boxes_of
from pipelines.classification.model import Example, Subject, train_classifier
from pipelines.classification.neighbours import Neighbour
from pipelines.classification.text import RepositoryText
from pipelines.graveyard.assessment import Evidence, MonthValue, OpenrankTrend, assess_status
from pipelines.periods import Month
from pipelines.seeds import load_seeds
from tests.conftest import CHECKOUT
from tests.unit.graveyard.records import LIMITS, POLICIES
from tests.unit.landscape.frames import created_of, members_of, openrank_of, retrieved_of

SHOWN = {
    "units of metrics": "SELECT unit FROM metric_catalog",
    "windows of metrics": 'SELECT "window" FROM metric_catalog',
    "definitions of metrics": "SELECT definition FROM metric_catalog",
    # Others hold symbols and names of columns alone.
    "formulas with words": "SELECT formula FROM metric_catalog",
    # The others are titles, which stay as they were printed.
    "references of our own": "SELECT reference FROM metric_catalog WHERE reference LIKE '%here'",
    "caveats of metrics": "SELECT unnest(caveats) FROM metric_catalog",
    "rules of membership": "SELECT reason FROM membership_profiles",
    "units of thresholds": "SELECT unit FROM thresholds",
    "thresholds": "SELECT reason FROM thresholds",
    "names of sources": "SELECT name FROM data_sources",
    "sources": "SELECT description FROM data_sources",
    "statuses": "SELECT unnest(reasons) FROM project_status",
    "verdicts": "SELECT reason FROM landscape_members",
    "changes": "SELECT detail FROM landscape_changes",
    "domains": "SELECT unnest(reasons) FROM project_domains",
    "dated events": "SELECT text FROM project_annotations",
    "gaps": "SELECT detail FROM data_coverage WHERE is_gap AND detail IS NOT NULL",
    "networks": "SELECT published_remark FROM graph_summary WHERE published_remark IS NOT NULL",
    "places in reports": "SELECT report || ', ' || \"where\" FROM published_figures",
}
"""Columns that pages show by `in_reader_words`."""

DAY = date(2025, 4, 30)


def statuses_beyond_the_sample() -> list[str]:
    """Reasons of statuses that no project of the sample has."""
    policies = replace(POLICIES, official_end_id="official-end")
    seen = {"created_on": date(2020, 1, 1), "pushed_on": date(2024, 8, 1), "push_observed_on": DAY}
    months = [Month(2025, 2), Month(2025, 3), Month(2025, 4)]
    fallen = OpenrankTrend(
        tuple(MonthValue(month, None, is_retrieved=True) for month in months),
        months[-1],
        is_latest_whole=True,
        peak=50.0,
        peak_month=Month(2024, 1),
    )
    lively = replace(
        fallen,
        recent=tuple(MonthValue(month, 7.0, is_retrieved=True) for month in months),
        latest_mean=7.0,
        peak=8.0,
    )
    evidence = (
        Evidence(DAY, is_archived=True, archived_observed_on=DAY),
        Evidence(DAY, **seen, openrank=fallen),
        Evidence(DAY, **seen, openrank=lively, is_archived=False, archived_observed_on=DAY),
    )
    return [reason for one in evidence for reason in assess_status(one, policies, LIMITS).reasons]


def domains_beyond_the_sample() -> list[str]:
    """Reasons of predicted domains; in the sample people decided all."""
    taxonomy = load_seeds(CHECKOUT / "seeds").default_taxonomy
    text = RepositoryText(
        "someone/inference-engine",
        "An inference engine for language models with batching",
        ("llm-inference",),
        "A fast and high-throughput inference engine, to serve models on GPUs.",
    )
    classifier = train_classifier([Example("vllm", Subject(text), "serving")], taxonomy)
    neighbours = (Neighbour("vllm", 31),)
    subjects = (Subject(text, neighbours), Subject(text), Subject(RepositoryText("someone/thing")))
    return [
        reason
        for subject in subjects
        for threshold in (0.0, 1.1)
        for reason in assign_domain(classifier, boxes_of(taxonomy), subject, threshold).reasons
    ]


def verdicts_beyond_the_sample() -> list[str]:
    """Reasons of projects without a series; the sample has answers of two kinds only."""
    answers = {
        "a": ("malformed", '2025-03 is "45.2", not a number'),
        "b": ("failed", "no usable answer in 4 attempts: the answer breaks off"),
        "c": ("no_months", "no month in the answer"),
    }
    nothing = (created_of(dict.fromkeys("abcd")), openrank_of({}), retrieved_of("", []))
    return members_of(*nothing, answers=answers)["reason"].to_list()


BEYOND_THE_SAMPLE = (
    "corroborated: one origin says that it ended and no other says anything: too little for a verdict",
    "it lay in the graveyard as of 2024-05-31 and is active again",
    'from "Application / Agent Framework" to "Infrastructure / Serving"',
    "now a/b; before: no candidate; after: no candidate",
    "31 shared people with 'vllm', 12 shared people with 'sglang' (+0.80)",
    "missing: the archive has no file for this hour (404)",
    "damaged: truncated: the gzip file breaks off; 12 events recovered from damaged lines",
    "1200 of 54000.5 expected events",
)
"""What the pipeline writes of data that the sample does not have."""


@pytest.fixture(autouse=True)
def english_again():
    yield
    use_language("en")


def refusals_of_the_console() -> list[str]:
    """What stands in the code of the console as a reason and as what to do, with a number for what varies."""
    calls = [
        node
        for file in ("app/console.py", "app/console_worker.py", "pipelines/selects.py")
        for node in ast.walk(ast.parse((CHECKOUT / file).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "QueryError"
    ]
    parts = [
        part
        for call in calls
        for part in (*call.args, *(one.value for one in call.keywords if one.arg == "hint"))
    ]
    return [text for part in parts if (text := written_out(part))]


def written_out(node: ast.expr) -> str:
    """A literal of the code with 10 in its places; empty where another room says it."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(
                written_out(value) if isinstance(value, ast.Constant) else "10" for value in values
            )
        case ast.BinOp(left=left):
            return written_out(left)
        case _:
            return ""


@pytest.fixture(scope="module")
def texts(landscape) -> dict[str, dict[str, str]]:
    """Column → pattern → one text of it."""
    return {
        column: {pattern_of(text): text for (text,) in landscape.execute(sql).fetchall()}
        for column, sql in SHOWN.items()
    }


@pytest.fixture(scope="module")
def catalogue():
    with (CHECKOUT / "app" / "i18n" / "sentences.zh.po").open(encoding="utf-8") as file:
        return [message for message in read_po(file, locale="zh_Hans", abort_invalid=True) if message.id]


def is_chinese(text: str) -> bool:
    return re.search(r"[\u4e00-\u9fff]", text) is not None


@pytest.mark.parametrize("column", SHOWN)
def test_every_sentence_of_the_sample_has_its_chinese(texts, catalogue, column):
    use_language("zh")
    names = {message.id for message in catalogue if message.id == message.string}
    assert texts[column], "nothing was looked at"
    missing = sorted(
        pattern
        for pattern, text in texts[column].items()
        if in_reader_words(text) == text and pattern not in names
    )
    assert not missing, "add to app/i18n/sentences.zh.po: " + "\n".join(missing[:5])


def test_every_sentence_that_the_sample_does_not_need_has_its_chinese():
    use_language("zh")
    written = [
        *statuses_beyond_the_sample(),
        *domains_beyond_the_sample(),
        *verdicts_beyond_the_sample(),
        *BEYOND_THE_SAMPLE,
        *refusals_of_the_console(),
    ]
    assert [text for text in written if in_reader_words(text) == text] == []


def test_no_sentence_is_left_over(texts, monkeypatch):
    class Watched(dict):
        used: set[str] = set()  # noqa: RUF012 - of this one dictionary

        def __getitem__(self, key):
            self.used.add(key)
            return super().__getitem__(key)

    watched = Watched(sentences._sentences("zh"))
    monkeypatch.setattr(sentences, "_sentences", lambda _wanted: watched)
    sentences._reworded.cache_clear()
    use_language("zh")
    published = [text for patterns in texts.values() for text in patterns.values()]
    for text in [
        *published,
        *statuses_beyond_the_sample(),
        *domains_beyond_the_sample(),
        *verdicts_beyond_the_sample(),
        *BEYOND_THE_SAMPLE,
        *refusals_of_the_console(),
    ]:
        in_reader_words(text)
    assert sorted(watched.keys() - watched.used) == []


def test_a_translation_has_the_same_parts_and_chinese_punctuation(catalogue):
    def places(text: str) -> list[str]:
        return re.findall(r"\{(\d+)\}", text)

    assert Counter(message.id for message in catalogue).most_common(1)[0][1] == 1
    for message in catalogue:
        assert message.string, message.id
        assert not message.fuzzy, message.id
        assert places(message.id) == [str(place) for place in range(len(places(message.id)))], message.id
        assert Counter(places(message.string)) == Counter(places(message.id)), message.id
        assert not re.search(r"[\u4e00-\u9fff][,;:?.()]|[,;:?()][\u4e00-\u9fff]", message.string), message.id


def entries() -> list[tuple[str, str]]:
    with (CHECKOUT / "app" / "i18n" / "sentences.zh.po").open(encoding="utf-8") as file:
        return [(one.id, one.string) for one in read_po(file, locale="zh_Hans") if one.id]


ENTRIES = entries()
PARTS = st.one_of(
    st.integers(0, 10**7).map("{:,}".format),
    st.floats(0, 1e5, allow_nan=False).map("{:.2f}".format),
    st.dates().map(str),
    st.dates().map("{:%Y-%m}".format),
    st.integers(0, 100).map("{}%".format),
)


@given(st.sampled_from(ENTRIES), st.lists(PARTS, min_size=12, max_size=12))
def test_the_parts_that_are_cut_out_are_put_in(entry, parts):
    english, chinese = entry
    use_language("zh")
    assert in_reader_words(english.format(*parts)) == chinese.format(*parts)


PIECES = st.one_of(
    st.text(max_size=8),
    st.sampled_from([english for english, _chinese in ENTRIES]),
    st.sampled_from(
        ["; ", ": ", ", ", "{0}", "{", "}", '"', "'", "\0", "a/b", "#1", "https://a.b/c", " ", "12"]
    ),
)


@given(st.lists(PIECES, max_size=6).map("".join))
@example("")
@example("\0 stars on \0")
@example("{0} stars on {1}")
def test_whatever_is_read_english_stays_and_nothing_is_half_chinese(text):
    assert in_reader_words(text) == text
    use_language("zh")
    written = in_reader_words(text)
    use_language("en")
    if written == text:
        return
    parts = Counter(part[0] for part in sentences._PART.finditer(text))
    assert all(written.count(part) >= times for part, times in parts.items())
    assume(not is_chinese(text))
    left = re.sub("|".join(map(re.escape, parts)) or r"(?!)", "", text)
    assert is_chinese(written) or not re.search(r"[a-z]{12}", left)


def test_what_nobody_translated_stays_as_it_is():
    use_language("zh")
    for text in (
        "Nobody translated this.",
        "before: nobody translated this; after: mean OpenRank 12.5 over 4 of 4 months is above 10",
        "mean OpenRank a lot over 4 of 4 months is above 10",
    ):
        assert in_reader_words(text) == text


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("10,203 stars on 2023-07-02", "2023-07-02 有 10,203 个星标"),
        (
            "before: mean OpenRank 9.91 over 6 of 6 months is not above 10; it last met the rule as of 2021-05; "
            "after: mean OpenRank 10.42 over 1 of 1 months is above 10",
            "之前：OpenRank 均值为 9.91（6 个月中的 6 个月），未高于 10；最近一次达标截至 2021-05；"
            "之后：OpenRank 均值为 10.42（1 个月中的 1 个月），高于 10",
        ),
        (
            "OpenRank 2025-02: none, 2025-03: 4.27, 2025-04: unknown",
            "OpenRank 2025-02：无，2025-03：4.27，2025-04：未知",
        ),
        (
            "first seen as OpenHands/OpenHands, formerly All-Hands-AI/OpenHands, OpenDevin/OpenDevin",
            "首次以 OpenHands/OpenHands 之名出现，曾用名 All-Hands-AI/OpenHands, OpenDevin/OpenDevin",
        ),
        ("topics: 'llm, fast', 'it's' (+0.31)", "主题：'llm, fast', 'it's'（+0.31）"),
        ("now github/.github", "现为 github/.github"),
        ("topics: 'llm', 'ray: core' (-0.31)", "主题：'llm', 'ray: core'（-0.31）"),
    ],
)
def test_a_sentence_reads_as_chinese(english, chinese):
    use_language("zh")
    assert in_reader_words(english) == chinese


def test_pages_show_reasons_in_chinese(open_page, sample_data_dir):
    project = open_page("project", sample_data_dir, lang="zh", project="vllm")
    assert any("· 最近 3 个完整月份内有 OpenRank\n· 创建于 2023-02-09" in text.value for text in project.text)
    graveyard = open_page("graveyard", sample_data_dir, lang="zh")
    (stones,) = [frame.value for frame in graveyard.dataframe if "by" in frame.value.columns]
    assert any("官方宣布终止：所有者已宣布终止；创建于" in reasons for reasons in stones["reasons"])
    changes = open_page("changes", sample_data_dir, lang="zh", before="2025-01", after="2025-04")
    assert all(detail.startswith(":small[之前：") for detail in changes.table[0].value["详情"])
