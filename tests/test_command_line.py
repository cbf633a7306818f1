"""The command line: what it prints, and its documented exit codes."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.cli.status import _without_news
from pipelines.sources.registry import variables
from pipelines.sources.source import SourceState
from tests.command import call_landscape, run_landscape

CHECKOUT = Path(__file__).resolve().parents[1]


def query(data_dir: Path, sql: str, *options: str):
    return call_landscape("query", sql, *options, data_dir=data_dir)


def test_help_teaches_commands_settings_and_exit_codes(tmp_path):
    text = run_landscape("--help", data_dir=tmp_path).stdout
    for word in ("build", "status", "validate", "publish", "query", "LANDSCAPE_DATA_DIR", "6 checks failed"):
        assert word in text


def test_the_summary_names_real_and_simulated_sources_and_the_next_commands(sample_build):
    for words in (
        "147 projects, 19 domains",
        "PyTorch",
        "real: ",
        "simulated: ",
        "gharchive-simulated (897 rows)",
        str(sample_build.data_dir / "public" / "landscape.duckdb"),
        "/landscape status",
    ):
        assert words in sample_build.stdout


def test_formats_hold_the_same_rows(sample_data_dir, tmp_path):
    sql = (
        "SELECT rank, project_id, round(openrank_mean, 1) AS openrank FROM project_rankings"
        " WHERE as_of_month = DATE '2025-04-01' ORDER BY rank LIMIT 3"
    )
    rows = [(1, "pytorch"), (2, "vllm"), (3, "dify")]
    csv_text = query(sample_data_dir, sql, "--format", "csv").stdout
    assert [tuple(line.split(",")[:2]) for line in csv_text.splitlines()[1:]] == [
        (str(a), b) for a, b in rows
    ]
    read = json.loads(query(sample_data_dir, sql, "--format", "json").stdout)
    assert [(row["rank"], row["project_id"]) for row in read] == rows
    output = tmp_path / "top.parquet"
    query(sample_data_dir, sql, "--format", "parquet", "-o", str(output))
    assert pl.read_parquet(output).select("rank", "project_id").rows() == rows
    table = query(sample_data_dir, sql).stdout
    assert "pytorch" in table
    assert "3 rows" in table


def test_a_result_of_many_parts_is_whole_in_every_format_but_the_table(sample_data_dir, tmp_path):
    sql = "SELECT i, 'text' || i AS t FROM range(120001) AS r(i)"
    expected = [(i, f"text{i}") for i in range(120_001)]
    lines = query(sample_data_dir, sql, "--format", "csv").stdout.splitlines()
    assert lines[0] == "i,t"
    assert [tuple(line.split(",")) for line in lines[1:]] == [(str(i), t) for i, t in expected]
    read = json.loads(query(sample_data_dir, sql, "--format", "json").stdout)
    assert [(row["i"], row["t"]) for row in read] == expected
    output = tmp_path / "all.parquet"
    assert query(sample_data_dir, sql, "--format", "parquet", "-o", str(output)).returncode == 0
    assert pl.read_parquet(output).rows() == expected
    table = query(sample_data_dir, sql)
    assert table.stdout.rstrip().endswith("1,000 rows")
    assert "The first 1,000 rows" in table.stderr


def test_what_is_no_number_is_null_in_every_format(sample_data_dir, tmp_path):
    sql = "SELECT 1/0 AS x, 'nan'::DOUBLE AS y, 2.5::DOUBLE AS z"
    assert query(sample_data_dir, sql, "--format", "csv").stdout.splitlines() == ["x,y,z", ",,2.5"]
    assert json.loads(query(sample_data_dir, sql, "--format", "json").stdout) == [
        {"x": None, "y": None, "z": 2.5}
    ]
    output = tmp_path / "row.parquet"
    query(sample_data_dir, sql, "--format", "parquet", "-o", str(output))
    assert pl.read_parquet(output).rows() == [(None, None, 2.5)]
    table = query(sample_data_dir, sql)
    assert table.stdout.count("NULL") == 2
    assert "2 values are no finite number" in table.stderr


def test_no_rows_are_still_columns(sample_data_dir, tmp_path):
    sql = "SELECT 1 AS a, 'x' AS b WHERE false"
    assert query(sample_data_dir, sql, "--format", "csv").stdout == "a,b\n"
    assert json.loads(query(sample_data_dir, sql, "--format", "json").stdout) == []
    output = tmp_path / "none.parquet"
    query(sample_data_dir, sql, "--format", "parquet", "-o", str(output))
    assert pl.read_parquet(output).columns == ["a", "b"]


def test_a_spreadsheet_computes_no_text_of_a_csv_file(sample_data_dir):
    sql = "SELECT t, -1 AS n FROM (VALUES ('=1+1'), ('@x'), ('+1'), ('-1'), ('a=1'), (NULL)) AS r(t)"
    lines = query(sample_data_dir, sql, "--format", "csv").stdout.splitlines()
    assert lines == ["t,n", "'=1+1,-1", "'@x,-1", "'+1,-1", "'-1,-1", "a=1,-1", ",-1"]
    shown = json.loads(query(sample_data_dir, sql, "--format", "json").stdout)
    assert shown[0]["t"] == "=1+1", "no spreadsheet opens JSON"


def test_a_query_that_fails_late_leaves_an_earlier_file_as_it_was(sample_data_dir, tmp_path):
    output = tmp_path / "rows.csv"
    output.write_text("before", encoding="utf-8")
    sql = "SELECT if(i < 90000, i, error('too far')::INTEGER) AS i FROM range(100000) AS r(i)"
    failed = query(sample_data_dir, sql, "--format", "csv", "-o", str(output))
    assert failed.returncode == 9
    assert "too far" in failed.stderr
    assert output.read_text(encoding="utf-8") == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


def test_text_from_github_is_shown_as_text(sample_data_dir):
    shown = query(sample_data_dir, "SELECT '[bold red]x[/] <script>' AS description").stdout
    assert "[bold red]x[/] <script>" in shown


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM projects",
        "CREATE TABLE t (i INT)",
        "SELECT 1; SELECT 2",
        "ATTACH ':memory:' AS x",
        "COPY projects TO '/tmp/x.csv'",
        "UPDATE projects SET name = ''",
        "SELECT nothing FROM nowhere",
        "SELEC 1",
        "",
    ],
)
def test_anything_but_one_select_is_refused(sample_data_dir, sql):
    finished = query(sample_data_dir, sql)
    assert finished.returncode == 9
    assert finished.stderr.startswith("error: ")
    assert "Traceback" not in finished.stderr


def test_status_reads_manifests_and_never_the_build_file(sample_data_dir, tmp_path):
    data_dir = tmp_path / "data"
    shutil.copytree(sample_data_dir, data_dir, symlinks=True)
    (data_dir / "warehouse" / "build.duckdb").write_bytes(b"being written")
    finished = call_landscape("status", data_dir=data_dir)
    assert finished.returncode == 0
    for words in ("gharchive", "opendigger", "observations", "13,776", "2025-10-05"):
        assert words in finished.stdout


def test_status_of_an_empty_folder_says_what_to_run(tmp_path):
    finished = call_landscape("status", data_dir=tmp_path / "nothing")
    assert finished.returncode == 0
    assert "nothing yet; run `landscape build --sample`" in finished.stdout
    assert "never fetched" in finished.stdout


def test_query_and_publish_without_a_landscape_say_what_to_run(tmp_path):
    finished = query(tmp_path / "nothing", "SELECT 1")
    assert finished.returncode == 8
    assert "landscape build --sample" in finished.stderr
    finished = call_landscape("publish", data_dir=tmp_path / "nothing")
    assert finished.returncode == 8
    assert "landscape build --sample" in finished.stderr


def test_validate_names_file_entry_and_line(tmp_path):
    seeds = tmp_path / "seeds"
    shutil.copytree(CHECKOUT / "seeds", seeds)
    labels = seeds / "labels" / "2025-05.yml"
    lines = labels.read_text(encoding="utf-8").splitlines()
    number = next(i for i, line in enumerate(lines) if "project: searxng" in line)
    lines[number] = lines[number].replace("ai-search-engine", "ai-serch-engine")
    labels.write_text("\n".join(lines), encoding="utf-8")
    finished = call_landscape("validate", str(seeds), data_dir=tmp_path)
    assert finished.returncode == 3
    assert f"seeds/labels/2025-05.yml:{number + 1}: " in finished.stdout
    assert 'did you mean "ai-search-engine"?' in finished.stdout


def test_validate_passes_both_fields(tmp_path):
    for folder in (CHECKOUT / "seeds", CHECKOUT / "seeds" / "examples" / "databases"):
        finished = call_landscape("validate", str(folder), data_dir=tmp_path)
        assert finished.returncode == 0, finished.stdout


def test_wrong_setting_is_named(tmp_path):
    finished = call_landscape("status", data_dir=tmp_path, LANDSCAPE_PROFILE="simple")
    assert finished.returncode == 1
    assert "LANDSCAPE_PROFILE" in finished.stderr
    finished = call_landscape("status", data_dir=tmp_path, LANDSCAPE_GHARCHIVE_URL="not a url")
    assert "LANDSCAPE_GHARCHIVE_URL" in finished.stderr


@pytest.mark.parametrize("tail", ["?token=se-cret", "#se-cret", "/a?"])
def test_an_address_with_a_query_is_refused_without_showing_it(tmp_path, tail):
    finished = call_landscape(
        "status", data_dir=tmp_path, LANDSCAPE_OPENDIGGER_URL=f"http://localhost/path{tail}"
    )
    assert finished.returncode == 1
    assert "LANDSCAPE_OPENDIGGER_URL: a base address holds no ?" in " ".join(finished.stderr.split())
    assert "se-cret" not in finished.stderr + finished.stdout


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("LANDSCAPE_PROFIL", "did you mean LANDSCAPE_PROFILE?"),
        ("LANDSCAPE_GITHUB_TOKENS", "did you mean LANDSCAPE_GITHUB_TOKEN?"),
        ("LANDSCAPE_XYZ", "and is ignored"),
    ],
)
def test_a_variable_that_no_setting_has_is_named_and_its_value_is_not(tmp_path, variable, said):
    finished = call_landscape("status", data_dir=tmp_path, **{variable: "se-cret"})
    assert finished.returncode == 0
    assert f"warning: {variable} is no setting of this program" in finished.stderr
    assert said in finished.stderr
    assert "se-cret" not in finished.stderr + finished.stdout


def test_no_setting_is_taken_for_a_misspelt_one(tmp_path):
    settings = {
        "LANDSCAPE_PROFILE": "sample",
        "LANDSCAPE_SEEDS_DIR": str(CHECKOUT / "seeds"),
        "LANDSCAPE_WORKERS": "1",
        "LANDSCAPE_DAGSTER_STORAGE": str(tmp_path),
        **{name: "http://localhost" for name in variables() if name.endswith("_URL")},
        **{name: "word" for name in variables() if name.endswith("_TOKEN")},
    }
    finished = call_landscape("status", data_dir=tmp_path, **settings)
    assert finished.returncode == 0, finished.stderr
    assert "warning" not in finished.stderr


def test_a_source_that_is_asked_and_brings_nothing_is_told_from_a_fresh_one():
    moment = datetime(2026, 11, 30, 6)  # noqa: DTZ001 - UTC, as bronze keeps it
    earlier = moment.replace(day=1)
    states = {
        "opendigger": SourceState(moment, held_at=earlier),
        "github": SourceState(moment),
        "gharchive": SourceState(moment, held_at=moment),
        "github-counts": SourceState(None),
        "edges": SourceState(moment),
    }
    assert list(_without_news(states)) == [
        "opendigger: asked 2026-11-30 06:00; the newest data are of 2026-11-01 06:00",
        "github: asked 2026-11-30 06:00; no data are held",
    ]


def test_another_field_is_another_seeds_folder(tmp_path):
    finished = call_landscape(
        "build",
        "--sample",
        data_dir=tmp_path / "data",
        LANDSCAPE_SEEDS_DIR=str(CHECKOUT / "seeds" / "examples" / "databases"),
    )
    assert finished.returncode == 0, finished.stderr
    top = query(
        tmp_path / "data",
        "SELECT project_id FROM project_rankings WHERE as_of_month = DATE '2025-04-01' ORDER BY rank LIMIT 3",
        "--format",
        "csv",
    ).stdout.split()
    assert top[0] == "project_id"
    assert len(top) == 4
    assert "pytorch" not in top
    field = query(tmp_path / "data", "SELECT field, taxonomy_version FROM metadata", "--format", "csv").stdout
    assert field.splitlines()[1] == "databases,2025-db"
