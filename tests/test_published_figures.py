"""What the report printed, held against the sample by the rule of the pipeline."""

from __future__ import annotations

import shutil
import time

import duckdb
import pytest

from pipelines.floor.confined import answer_each
from pipelines.seeds import load_seeds
from pipelines.tables.figures.build import find_broken_figures, hold_figures, measure_figures
from pipelines.tables.runner import PublishedTables
from tests.command import call_landscape
from tests.conftest import CHECKOUT


def test_verdicts_on_the_report(landscape):
    verdicts = dict(landscape.execute("SELECT figure_id, verdict FROM published_figures").fetchall())
    assert {figure_id for figure_id, verdict in verdicts.items() if verdict == "differs"} == {
        "landscape-members", "rank-llama-cpp", "rising-gravitino", "rising-unity-catalog", "network-nodes",
        "network-isolated", "core-pytorch", "graveyard-since-2023", "graveyard-stars",
    }  # fmt: skip
    assert verdicts["change-dify"] == verdicts["year-paddle-2024"] == "not_reproducible"
    assert verdicts["mean-vllm"] == verdicts["pytorch-passes-tensorflow"] == "agrees"


def measured(connection, *figures):
    return measure_figures(PublishedTables(connection), figures)


@pytest.fixture
def figure():
    (found,) = [one for one in load_seeds(CHECKOUT / "seeds").published_figures if one.id == "mean-vllm"]
    return found


def test_a_spoiled_table_changes_the_measured_value(build_copy, figure):
    assert measured(build_copy, figure)[figure.id].numbers["value"] == pytest.approx(615.46, abs=0.01)
    build_copy.execute("UPDATE mart.project_metrics_monthly SET value = value + 9 WHERE project_id = 'vllm'")
    assert measured(build_copy, figure)[figure.id].numbers["value"] == pytest.approx(624.46, abs=0.01)


REFUSED = {
    "SELECT 1 AS value": "not value and coverage_ratio",
    "DROP TABLE projects": "only one SELECT",
    "SELECT 1 AS value, 1 AS coverage_ratio; SELECT 2": "only one SELECT",
    "SELECT nothing FROM nowhere": "nowhere",
    "SELECT length(content) AS value, 1 AS coverage_ratio FROM read_text('/etc/hostname')": "disabled by configuration",
    "SELECT count(*) AS value, 1 AS coverage_ratio FROM '/etc/hostname'": "does not exist",
    "SELECT count(*) AS value, 1 AS coverage_ratio FROM glob('/etc/*')": "disabled by configuration",
}
FAILING = {
    "SELECT 1 AS value, 1 AS coverage_ratio FROM range(2)": "more than one row",
    "SELECT 1 AS value, 1 AS coverage_ratio FROM range(0)": "no row",
    "SELECT 1 / 0 AS value, 1 AS coverage_ratio": "value is not finite",
    "SELECT 1 AS value, 'infinity'::DOUBLE AS coverage_ratio": "coverage_ratio is not finite",
    "SELECT 'x' AS value, 1 AS coverage_ratio": "is no number",
    "SELECT error('broken') AS value, 1 AS coverage_ratio": "broken",
    "SELECT length(string_agg(a::VARCHAR || repeat('x', 1000), '')) AS value, 1 AS coverage_ratio FROM range(9000000) t(a)": "Memory",
}


@pytest.mark.parametrize(("sql", "said"), [*REFUSED.items(), *FAILING.items()])
def test_a_figure_that_fails_says_why_and_the_others_go_on(build_copy, figure, sql, said):
    bad = figure.model_copy(update={"id": "bad", "measured_by": sql})
    found = measured(build_copy, bad, figure)
    assert found["bad"].numbers == {}
    assert said in found["bad"].cause
    assert found[figure.id].cause is None
    assert found[figure.id].numbers["value"] == pytest.approx(615.46, abs=0.01)


def test_what_no_interruption_reaches_ends_with_its_process_and_the_others_go_on(tmp_path):
    path = tmp_path / "tables.duckdb"
    duckdb.connect(path).close()
    endless = "SELECT levenshtein(repeat('x', 300_000), repeat('y', 300_000)) AS value"
    begun = time.monotonic()
    stopped, good = answer_each(path, [endless, "SELECT 2 AS value"], timeout_s=0.5)
    assert stopped.numbers == {}
    assert good.numbers == {"value": 2}
    assert time.monotonic() - begun < 60


@pytest.mark.parametrize("sql", REFUSED)
def test_validate_names_a_figure_that_can_never_be_measured(figure, sql):
    seeds = load_seeds(CHECKOUT / "seeds")
    bad = figure.model_copy(update={"measured_by": sql})
    broken = find_broken_figures(seeds.model_copy(update={"published_figures": (bad,)}))
    assert broken.keys() == {figure.id}
    assert REFUSED[sql] in broken[figure.id]


def test_no_committed_figure_is_broken():
    assert find_broken_figures(load_seeds(CHECKOUT / "seeds")) == {}


def test_a_figure_that_fails_is_published_as_not_computable(build_copy, figure):
    seeds = load_seeds(CHECKOUT / "seeds")
    bad = figure.model_copy(update={"measured_by": "SELECT 1 / 0 AS value, 1 AS coverage_ratio"})
    others = tuple(one for one in seeds.published_figures if one.id != figure.id)
    spoiled = seeds.model_copy(update={"published_figures": (bad, *others)})
    rows = {row["figure_id"]: row for row in hold_figures(PublishedTables(build_copy), spoiled).to_dicts()}
    assert rows[figure.id]["verdict"] == "not_computable"
    assert rows[figure.id]["measured"] is None
    assert "not finite" in rows[figure.id]["cause"]
    published = dict(build_copy.execute("SELECT figure_id, verdict FROM mart.published_figures").fetchall())
    assert {key: row["verdict"] for key, row in rows.items() if key != figure.id} == {
        key: verdict for key, verdict in published.items() if key != figure.id
    }


def test_validate_refuses_a_figure_that_reads_a_file(tmp_path):
    seeds_dir = tmp_path / "seeds"
    shutil.copytree(CHECKOUT / "seeds", seeds_dir)
    path = seeds_dir / "published_figures.yml"
    text = path.read_text(encoding="utf-8")
    harmless = (
        "SELECT count(*) AS value, 1 AS coverage_ratio FROM (SELECT project_id, domain FROM project_domains"
    )
    assert harmless in text
    reading = (
        "SELECT count(*) AS value, 1 AS coverage_ratio FROM (SELECT content AS project_id,"
        " 'x' AS taxonomy_version, 'curated' AS assignment FROM read_text('/etc/hostname')"
    )
    path.write_text(text.replace(harmless, reading, 1), encoding="utf-8")
    done = call_landscape("validate", str(seeds_dir), data_dir=tmp_path / "data")
    assert done.returncode != 0
    assert 'figure "landscape-projects"' in done.stdout
    assert "disabled by configuration" in done.stdout
