"""The data page: each part has a link, and its texts agree with the file."""

from __future__ import annotations

import pytest

from app import charts
from app.i18n import use_language
from app.labels import EVENT_TYPES, gap_stretch
from pipelines.sources.gharchive.decoding import UNDERSTOOD_TYPES
from tests.app.conftest import labelled
from tests.app.test_pages import texts

PARTS = ("sources", "coverage", "metrics", "dictionary", "rules", "citation", "sql")


@pytest.fixture
def open_part(open_page, sample_data_dir):
    def opened(part: str, **query: str):
        app = open_page("data", sample_data_dir, part=part, lang="en", **query)
        assert not app.exception
        return app

    return opened


def test_each_source_has_its_words_and_the_counts_of_its_last_retrieval(open_part, landscape):
    said = texts(open_part("sources"))
    asked, loaded, missing = landscape.execute(
        "SELECT requested_count, loaded_count, missing_count FROM refresh_runs WHERE source = 'opendigger'"
    ).fetchone()
    assert f"{asked:,} asked for · {loaded:,} loaded · {missing:,} missing" in said
    for kind in ("● real", "◐ derived", "○ simulated"):
        assert kind in said


def test_every_known_gap_is_listed(open_part, landscape):
    (count,) = landscape.execute(
        "SELECT count(*) FROM data_coverage WHERE is_gap AND source = 'gharchive'"
    ).fetchone()
    app = open_part("coverage")
    assert f"{count} known gaps of the archive" in texts(app)
    assert app.table[0].value.shape[0] == count


def test_the_lines_of_coverage_are_named_in_words_and_told_apart_without_colour(
    open_page, sample_data_dir, monkeypatch
):
    drawn = []
    real = charts.coverage
    monkeypatch.setattr(charts, "coverage", lambda *given: drawn.append(real(*given)) or drawn[-1])
    open_page("data", sample_data_dir, part="coverage", lang="en")
    *lines, gaps = drawn[0].data
    assert [line.name for line in lines] == [
        "Simulated GH Archive hours, hours (○ simulated)",
        "OpenDigger, OpenRank (● real)",
    ]
    assert len({(line.line.dash, line.marker.symbol) for line in lines}) == len(lines)
    assert gaps.marker.color not in charts.SERIES_COLOURS
    open_page("data", sample_data_dir, part="coverage", lang="zh")
    assert drawn[1].data[0].name == "模拟的 GH Archive 小时数据，小时 (○ 模拟)"


def test_every_type_of_event_has_a_name(landscape):
    types = {one for (one,) in landscape.execute("SELECT DISTINCT event_type FROM data_coverage").fetchall()}
    assert EVENT_TYPES.keys() == {*UNDERSTOOD_TYPES, "all", "hours"}
    assert types - {"openrank"} <= EVENT_TYPES.keys()


def test_metrics_are_found_by_any_of_their_words(open_part):
    found = open_part("metrics", metrics="Bus factor")
    assert len([one for one in found.expander if "bus_factor" in one.label]) == 1
    assert len(found.expander) < len(open_part("metrics").expander)
    assert "No metric is defined" in texts(open_part("metrics", metrics="no such words"))


def test_the_dictionary_is_the_files_own(open_part, landscape):
    said = texts(open_part("dictionary", table="project_status"))
    (comment,) = landscape.execute(
        "SELECT comment FROM duckdb_tables() WHERE table_name = 'project_status'"
    ).fetchone()
    columns = landscape.execute(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = 'project_status'"
    ).fetchall()
    assert comment in said
    assert all(f"`{column}`" in said for (column,) in columns)


def test_every_threshold_has_its_reason(open_part, landscape):
    said = texts(open_part("rules"))
    for threshold, reason in landscape.execute("SELECT threshold_id, reason FROM thresholds").fetchall():
        assert f"`{threshold}`" in said
        assert reason in said


def test_a_citation_names_the_snapshot_as_text_and_as_bibtex(open_part, landscape):
    (snapshot,) = landscape.execute("SELECT snapshot_id FROM metadata").fetchone()
    plain, bibtex = [one.value for one in open_part("citation").code if snapshot in one.value]
    assert f"as of 2025-04-30 (landscape of 2025-04), snapshot {snapshot}" in plain
    data, simulated = plain.partition(" Data: ")[2].split(" Simulated data: ")
    for source in (
        "OpenDigger pulled_2026-05, pulled_2026-08, v2, fetched 2025-10-05",
        "GH Archive",
        "GitHub's own counts",
        "Github-Ranking",
        "LLM development landscape of May 2025",
        "AI graveyard of May 2025",
    ):
        assert source in data
    assert simulated == "Simulated GH Archive hours, fetched 2025-10-05."
    assert f"Data: {data} Simulated data: {simulated}" in bibtex
    assert bibtex.startswith(f"@misc{{oss-landscape-{snapshot},")
    assert bibtex.count("{") == bibtex.count("}")


THREE_RANKS = "SELECT rank, project_id FROM project_rankings ORDER BY ALL LIMIT 3"


@pytest.fixture
def run_linked(open_part):
    """Open a link with a query and press the button, as its reader does."""

    def ran(sql: str):
        app = open_part("sql", sql=sql)
        app.button(key="console.run").click().run()
        assert not app.exception
        return app

    return ran


def test_a_query_in_a_link_is_shown_and_waits_for_its_reader(open_part):
    app = open_part("sql", sql=THREE_RANKS)
    assert app.text_area(key="DataView.sql").value == THREE_RANKS
    assert "came with the link and has not been run" in texts(app)
    assert not app.dataframe
    app.button(key="console.run").click().run()
    assert app.dataframe[-1].value.shape == (3, 2)
    assert "3 rows" in texts(app)
    assert "came with the link" not in texts(app)


def test_a_link_to_a_query_opens_the_same_query_and_the_button_gives_the_same_rows(run_linked):
    first = run_linked(THREE_RANKS)
    assert run_linked(first.query_params["sql"]).dataframe[-1].value.equals(first.dataframe[-1].value)


def test_a_result_stays_over_runs_of_the_page_without_another_query(run_linked, monkeypatch):
    app = run_linked(THREE_RANKS)

    def no_more(*_args, **_kwargs):
        raise AssertionError("the query ran again")

    monkeypatch.setattr("app.console.subprocess.Popen", no_more)
    app.run()
    assert not app.exception
    assert app.dataframe[-1].value.shape == (3, 2)


def test_the_button_asks_once_more(run_linked, monkeypatch):
    app = run_linked("FROM no_such_table")
    assert "no_such_table" in texts(app)
    monkeypatch.setattr(
        "app.console._answer",
        lambda *_: b'{"what": {"words": "asked once more"}, "hint": {"words": "none"}}\n',
    )
    app.run()
    assert "asked once more" not in texts(app)
    app.button(key="console.run").click().run()
    assert "asked once more" in texts(app)


def test_a_query_written_by_the_reader_and_an_example_run_when_asked_for(open_part):
    app = open_part("sql")
    app.text_area(key="DataView.sql").set_value(THREE_RANKS)
    app.button(key="console.run").click().run()
    assert app.dataframe[-1].value.shape == (3, 2)
    labelled(app.selectbox, "Example").set_value("statuses").run()
    assert not app.exception
    assert list(app.dataframe[-1].value.columns) == ["status", "projects_count", "some"]


def test_a_query_that_is_refused_says_why_and_what_to_do(run_linked):
    said = texts(run_linked("ATTACH ':memory:' AS other"))
    assert "only one SELECT can be run here" in said
    assert "What to do:" in said


def test_the_cap_of_the_console_is_said(run_linked):
    app = run_linked("FROM range(2001)")
    assert "these are the first 2,000" in texts(app)
    assert app.dataframe[-1].value.shape[0] == 2000


def test_a_result_of_any_type_is_drawn(run_linked):
    app = run_linked(
        "SELECT INTERVAL 1 DAY AS i, {'a': [1, 2]} AS s, MAP {'a': 1} AS m, 'a'::BLOB AS b, uuid() AS u,"
        " DATE 'infinity' AS d, sum(stars_count) AS n, 1 AS x, 2 AS x FROM projects"
    )
    assert app.dataframe[-1].value.shape == (1, 9)


def test_going_through_the_parts_keeps_what_was_looked_up(open_part):
    app = open_part("dictionary", table="project_status")
    for part in PARTS:
        labelled(app.segmented_control, "Part of this page").set_value(part).run()
        assert not app.exception
        assert labelled(app.segmented_control, "Part of this page").value == part
    labelled(app.segmented_control, "Part of this page").set_value("dictionary").run()
    assert labelled(app.selectbox, "Table").value == "project_status"


@pytest.mark.parametrize(
    ("period", "en", "zh", "hours"),
    [
        ("2015-01-05T20/2015-01-05T20", "Jan 5, 2015 20:00–21:00", "2015年1月5日 20:00–21:00", 1),
        ("2025-04-30T05", "Apr 30, 2025 05:00–06:00", "2025年4月30日 05:00–06:00", 1),
        ("2020-06-10T12/2020-06-10T23", "Jun 10, 2020 12:00–24:00", "2020年6月10日 12:00–24:00", 12),
        ("2021-10-07T00/2021-10-07T23", "Oct 7, 2021", "2021年10月7日", 24),
        (
            "2025-10-09T00/2025-10-14T23",
            "Oct 9, 2025 to Oct 14, 2025",
            "2025年10月9日 至 2025年10月14日",
            144,
        ),
        (
            "2018-10-21T23/2018-10-22T01",
            "Oct 21, 2018 23:00 to Oct 22, 2018 02:00",
            "2018年10月21日 23:00 至 2018年10月22日 02:00",
            3,
        ),
        (
            "2026-02-01T00/..",
            "from Feb 1, 2026 00:00 on, end unknown",
            "从 2026年2月1日 00:00 起，结束时间未知",
            None,
        ),
    ],
)
def test_a_gap_is_written_as_days_and_hours(period, en, zh, hours):
    for language, text in (("zh", zh), ("en", en)):
        use_language(language)
        assert gap_stretch(period) == (text, hours)


def test_the_table_of_gaps_holds_no_raw_range(open_part):
    gaps = open_part("coverage").table[0].value["When, UTC"]
    assert "Oct 21, 2018 23:00 to Oct 22, 2018 02:00" in set(gaps)
    assert not gaps.str.contains("/").any()


def test_a_refusal_is_in_the_words_of_the_reader(open_page, sample_data_dir):
    app = open_page("data", sample_data_dir, part="sql", sql="INSTALL httpfs", lang="zh")
    app.button(key="console.run").click().run()
    said = texts(app)
    assert "此处只能运行一条 SELECT" in said
    assert "应对：发布文件是只读的" in said
    assert "What to do" not in said
