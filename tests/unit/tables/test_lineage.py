"""A table reads exactly its declared inputs; the order and every edge follow from them."""

from __future__ import annotations

import dis
from datetime import UTC, datetime

import duckdb
import polars as pl
import pytest

from pipelines.build import prepare
from pipelines.floor.settings import DataProfile, Settings
from pipelines.tables.checks import CROSS_RULES
from pipelines.tables.contracts import PUBLISHED
from pipelines.tables.registry import TABLES, TABLES_BY_NAME, in_order
from pipelines.tables.runner import Runner
from pipelines.tables.table import DeclarationError, FileView, Frames, Sql, Walk, private
from pipelines.tables.workspace import UndeclaredInputError, Workspace
from pipelines.warehouse.lineage import reads_of


def test_every_published_table_is_declared_once_and_metadata_is_the_last():
    names = [table.name for table in TABLES if table.is_published]
    assert sorted(names) == sorted(PUBLISHED)
    assert names[-2:] == ["published_figures", "metadata"]
    assert TABLES_BY_NAME["mart.metadata"].inputs >= {
        f"mart.{name}" for name in PUBLISHED if name != "metadata"
    }


def test_each_table_comes_after_what_it_reads():
    done: set[str] = set()
    for table in TABLES:
        assert {name for name in table.inputs if name in TABLES_BY_NAME} <= done, table.qualified
        done.add(table.qualified)


def test_no_rule_reads_a_table_built_from_the_one_it_protects():
    for rule in CROSS_RULES:
        later = {f"mart.{rule.table}"}
        for table in TABLES:
            if table.inputs & later:
                later.add(table.qualified)
        assert not (rule.needs & later) - {f"mart.{rule.table}"}, (rule.table, rule.name)


EMPTY_IN_SMALL_FIELD = {
    "mart.exploration_candidates",
    "mart.membership_watch_list",
    "core.counted_months",
    "mart.published_figures",
    "mart.source_capture_monthly",
    "mart.technology_area_annual",
    "mart.technology_areas",
}
"""What only the sample has rows of: built anew on it, and all else on the small field."""
EMPTY_IN_SAMPLE = {
    "core.doubtful_count_months",
    "core.event_coverage_monthly",
    "core.predicted_domains",
    "core.project_star_months",
    "mart.openrank_comparison",
}


def prepared(data_dir, **settings):
    return prepare(
        Settings(data_profile=DataProfile.SAMPLE, data_dir=data_dir, **settings),
        datetime(2025, 5, 1, tzinfo=UTC),
    )


@pytest.fixture(scope="module")
def this_build(small_build):
    return prepared(small_build.data_dir, seeds_dir=small_build.seeds)


@pytest.fixture(scope="module")
def sample_itself(sample_data_dir):
    return prepared(sample_data_dir)


@pytest.mark.parametrize(
    "table", [one for one in TABLES if one.schema != "staging"], ids=lambda one: one.qualified
)
def test_a_table_is_built_alike_where_nothing_but_its_inputs_exists(request, table):
    """Everything else is dropped: a build that read it would end, or give other rows."""
    if table.qualified == "mart.published_figures":
        names = ("build_copy", "sample_itself")  # a figure that fails ends the transaction around it
    elif table.qualified in EMPTY_IN_SMALL_FIELD:
        names = ("spoilable_build", "sample_itself")
    else:
        names = ("small_spoilable_build", "this_build")
    connection, build = map(request.getfixturevalue, names)
    before = connection.sql(f"FROM {table.qualified}").pl()
    assert before.height > 0 or table.qualified in EMPTY_IN_SAMPLE
    for name in _tables_of(connection) - table.inputs:
        connection.execute(f"DROP TABLE {name}")
    Runner(build, connection).load(table)
    after = connection.sql(f"FROM {table.qualified}").pl()
    if table.qualified != "mart.metadata":  # the field is built by the command line, at its own time
        assert after.sort(after.columns).equals(before.select(after.columns).sort(after.columns))


def _tables_of(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE schema_name IN ('core', 'mart')"
    ).fetchall()
    return {name for (name,) in rows}


@pytest.mark.parametrize(
    "table", [one for one in TABLES if isinstance(one.build, Frames)], ids=lambda one: one.qualified
)
def test_a_function_uses_every_frame_that_its_table_declares(table):
    used = {
        one.argval if isinstance(one.argval, str) else None
        for code in _codes(table.build.function.__code__)
        for one in dis.get_instructions(code)
        if one.opname.startswith("LOAD_")
    }
    assert table.build.inputs.keys() | table.build.facts <= used


def _codes(code):
    yield code
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            yield from _codes(constant)


def test_edges_that_a_list_by_hand_had_wrong():
    """Steps named what they did not read, and read what they did not name."""

    def read_by(name):
        found = set()
        for one in TABLES_BY_NAME[name].inputs & TABLES_BY_NAME.keys():
            found |= {one} if one.startswith("mart.") else read_by(one)
        return found

    for table, named in (
        ("domain_growth", "project_rankings"),
        ("technology_area_annual", "repo_openrank_monthly"),
        ("domain_connectivity", "projects"),
        ("graph_summary", "projects"),
    ):
        assert f"mart.{named}" not in read_by(f"mart.{table}"), table
    for table, unnamed in (
        ("landscape_changes", "project_openrank_monthly"),
        ("project_rankings", "project_openrank_monthly"),
        ("project_rankings_by_scope", "project_openrank_monthly"),
        ("collaboration_edges", "exploration_candidates"),
        ("repository_edges", "exploration_candidates"),
        ("edge_evidence", "exploration_candidates"),
    ):
        assert f"mart.{unnamed}" in read_by(f"mart.{table}"), table


# --- what is not declared cannot be read -----------------------------------------------------------------------


def test_a_function_with_an_undeclared_input_is_no_build():
    with pytest.raises(DeclarationError, match="projects"):
        Frames(lambda projects, seeds: projects)
    with pytest.raises(DeclarationError, match="unused"):
        Frames(lambda seeds: seeds, unused="FROM mart.projects")
    with pytest.raises(DeclarationError, match="connection"):
        FileView(lambda connection: "SELECT 1")


def test_a_walk_that_reads_an_undeclared_table_ends():
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE SCHEMA core; CREATE TABLE core.a AS SELECT 1 AS x; CREATE TABLE core.b AS FROM core.a"
        )
        workspace = Workspace(connection, {"core.a"})
        assert workspace.select("FROM core.a").rows() == [(1,)]
        for read in (
            workspace.select,
            lambda select: workspace.create("t", select),
            lambda select: workspace.define("v", select),
        ):
            with pytest.raises(UndeclaredInputError, match=r"core\.b"):
                read("FROM core.a JOIN core.b USING (x)")
            with pytest.raises(UndeclaredInputError, match="elsewhere"):
                read("FROM elsewhere")
        workspace.create("mine", "FROM core.a")
        workspace.show("shown", pl.DataFrame({"x": [1]}))
        assert workspace.select("FROM mine JOIN shown USING (x)").rows() == [(1,)]
        workspace.clear()
        with pytest.raises(UndeclaredInputError, match="mine"):
            workspace.select("FROM mine")


def test_a_walk_of_the_runner_gets_its_declared_tables_alone(small_spoilable_build, this_build):
    greedy = private(
        "core.greedy",
        "graph",
        Walk(lambda workspace: workspace.select("FROM mart.projects"), frozenset({"mart.data_sources"})),
    )
    with pytest.raises(UndeclaredInputError, match=r"mart\.projects"):
        Runner(this_build, small_spoilable_build).load(greedy)


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ([private("core.a", "graph", Frames(lambda x: x, x="FROM core.nobodys"))], "nobody builds"),
        (
            [
                private("core.a", "graph", Frames(lambda x: x, x="FROM core.b")),
                private("core.b", "graph", Frames(lambda x: x, x="FROM core.a")),
            ],
            "from itself",
        ),
        (
            [private("core.a", "graph", Sql("pipelines.tables.projects"))] * 1
            + [private("core.a", "graph", Frames(lambda seeds: seeds))],
            "twice",
        ),
    ],
)
def test_declarations_that_cannot_be_built_are_refused(tables, said):
    with pytest.raises(DeclarationError, match=said):
        list(in_order(tables))


def test_a_frame_is_read_again_when_its_table_is_built_again(small_spoilable_build, this_build):
    runner = Runner(this_build, small_spoilable_build)
    projects, communities = (TABLES_BY_NAME[f"mart.{name}"] for name in ("projects", "graph_communities"))
    runner.load(communities)  # keeps the names that it read
    small_spoilable_build.execute("UPDATE staging.seed_projects SET name = 'Other' WHERE project_id = 'vllm'")
    runner.load(projects)
    runner.load(communities)
    (found,) = small_spoilable_build.execute(
        "SELECT count(*) FROM mart.graph_communities WHERE contains(name, 'Other')"
    ).fetchone()
    assert found > 0


@pytest.mark.parametrize(
    ("select", "tables", "unqualified"),
    [
        ("WITH a AS (FROM core.x), b AS (FROM a) SELECT * FROM b", {"core.x"}, set()),
        (
            "SELECT (SELECT max(v) FROM core.x) FROM core.y AS x WHERE EXISTS (FROM mart.z WHERE z.a = x.a)",
            {"core.x", "core.y", "mart.z"},
            set(),
        ),
        ("(FROM core.x EXCEPT ALL FROM y) UNION ALL FROM core.z", {"core.x", "core.z"}, {"y"}),
        (
            "SELECT * FROM core.x SEMI JOIN core.y USING (a) WHERE b IN (SELECT b FROM mart.w) AND c = $c",
            {"core.x", "core.y", "mart.w"},
            set(),
        ),
        ("SELECT 'FROM core.nothing' AS text -- FROM core.comment", set(), set()),
    ],
)
def test_tables_of_a_select_are_those_that_duckdb_parses(select, tables, unqualified):
    reads = reads_of(select)
    assert (reads.tables, reads.unqualified) == (tables, unqualified)
