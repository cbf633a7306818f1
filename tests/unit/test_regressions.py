"""Never publish worse: what a refresh would lose is refused, named, and published only with a person's note."""

from __future__ import annotations

import shutil

import duckdb
import pytest

from pipelines.floor.errors import RegressionError
from pipelines.floor.messages import Message, decode
from pipelines.floor.settings import Settings
from pipelines.generations import public_file
from pipelines.publish import compute_snapshot_id, publish, publish_if_changed
from pipelines.regressions import find_regressions
from pipelines.status import read_status
from tests.command import call_landscape

APRIL = "DATE '2025-04-01'"


@pytest.fixture(scope="module")
def published_dir(sample_data_dir, tmp_path_factory):
    """The sample as it was published, which every test compares with; read only."""
    return sample_data_dir / "public"


def codes(build: duckdb.DuckDBPyConnection, public_dir) -> dict[str, Message]:
    """What got worse, by code and metric."""
    found = find_regressions(build, public_dir)
    return {f"{one.code} {one.values.get('metric', '')}".strip(): one for one in found}


def test_the_same_content_loses_nothing(build_copy, published_dir):
    assert codes(build_copy, published_dir) == {}


def test_without_an_earlier_publication_there_is_nothing_to_lose(build_copy, tmp_path):
    assert codes(build_copy, tmp_path / "nowhere") == {}


def test_a_common_factor_of_all_values_is_seen_with_its_size(build_copy, published_dir):
    build_copy.execute(
        "UPDATE mart.project_metrics_monthly SET value = value * 10 WHERE metric_id = 'openrank'"
    )
    (found,) = codes(build_copy, published_dir).values()
    values_count, projects_count = build_copy.execute(f"""
        SELECT count(*), count(DISTINCT project_id) FROM mart.project_metrics_monthly
        WHERE metric_id = 'openrank' AND value > 0 AND NOT is_partial AND month <= {APRIL}
    """).fetchall()[0]
    assert found == Message(
        "regression.factor",
        {
            "source": "opendigger",
            "metric": "openrank",
            "factor": pytest.approx(10),
            "values_count": values_count,
            "projects_count": projects_count,
        },
    )


@pytest.mark.parametrize(("factor", "is_refused"), [(0.64, True), (1.16, True), (1.04, False), (0.97, False)])
def test_the_vintages_of_opendigger_are_seen_and_noise_is_not(build_copy, published_dir, factor, is_refused):
    build_copy.execute(
        "UPDATE mart.project_metrics_monthly SET value = value * ? WHERE metric_id = 'openrank'", [factor]
    )
    assert (set(codes(build_copy, published_dir)) == {"regression.factor openrank"}) == is_refused


def test_values_that_moved_in_both_directions_have_no_common_factor(build_copy, published_dir):
    build_copy.execute("""
        UPDATE mart.project_metrics_monthly SET value = value * if(hash(project_id) % 2 = 0, 1.01, 0.99)
        WHERE metric_id = 'openrank'
    """)
    assert codes(build_copy, published_dir) == {}


def test_values_that_went_missing_are_counted(build_copy, published_dir):
    before = build_copy.execute(f"""
        SELECT count(*) FROM mart.project_metrics_monthly
        WHERE metric_id = 'stars' AND source = 'opendigger' AND NOT is_partial AND month <= {APRIL}
    """).fetchall()[0][0]
    build_copy.execute(
        "DELETE FROM mart.project_metrics_monthly WHERE metric_id = 'stars' AND month >= DATE '2024-01-01'"
    )
    after = build_copy.execute(f"""
        SELECT count(*) FROM mart.project_metrics_monthly
        WHERE metric_id = 'stars' AND source = 'opendigger' AND NOT is_partial AND month <= {APRIL}
    """).fetchall()[0][0]
    (found,) = codes(build_copy, published_dir).values()
    assert found.code == "regression.values"
    assert (found.values["lost_count"], found.values["values_count"]) == (before - after, before)


def test_a_repository_that_was_deleted_takes_its_values_along(build_copy, published_dir):
    build_copy.execute("DELETE FROM mart.project_metrics_monthly WHERE project_id = 'dask'")
    assert codes(build_copy, published_dir) == {}


@pytest.mark.parametrize(("lost", "is_refused"), [(13, False), (14, True)])
def test_more_than_a_tenth_of_the_members_may_not_go_at_once(build_copy, published_dir, lost, is_refused):
    build_copy.execute(f"""
        UPDATE mart.landscape_members SET is_member = NULL
        WHERE as_of_month = {APRIL} AND profile = 'year-mean-10' AND is_member AND project_id IN (
            SELECT project_id FROM mart.landscape_members
            WHERE as_of_month = {APRIL} AND profile = 'year-mean-10' AND is_member ORDER BY project_id LIMIT {lost})
    """)
    found = codes(build_copy, published_dir)
    assert set(found) == ({"regression.members"} if is_refused else set())
    if is_refused:
        values = found["regression.members"].values
        assert (values["lost_count"], values["members_count"]) == (14, 131)
        assert values["before"] == values["after"] == "2025-04"


def test_members_that_go_with_the_next_month_are_counted_too(build_copy, published_dir):
    build_copy.execute("UPDATE mart.metadata SET as_of_month = DATE '2025-09-01', as_of = DATE '2025-09-30'")
    assert codes(build_copy, published_dir) == {}, "128 of 131 are members of September too"
    build_copy.execute(
        "UPDATE mart.landscape_members SET is_member = NULL WHERE as_of_month = DATE '2025-09-01' AND project_id < 'd'"
    )
    values = codes(build_copy, published_dir)["regression.members"].values
    assert (values["before"], values["after"]) == ("2025-04", "2025-09")


def test_who_changes_the_seeds_may_change_the_members(build_copy, published_dir):
    build_copy.execute("UPDATE mart.landscape_members SET is_member = false")
    build_copy.execute("UPDATE mart.metadata SET seeds_hash = 'another'")
    assert codes(build_copy, published_dir) == {}


def test_the_month_may_not_go_back_unless_an_earlier_day_was_asked_for(build_copy, published_dir):
    build_copy.execute("UPDATE mart.metadata SET as_of_month = DATE '2024-11-01'")
    assert set(codes(build_copy, published_dir)) == {"regression.month"}
    build_copy.execute("UPDATE mart.metadata SET as_of = DATE '2024-11-30'")
    assert codes(build_copy, published_dir) == {}


def test_a_source_may_not_become_older_or_vanish(build_copy, published_dir):
    build_copy.execute(
        "UPDATE mart.refresh_runs SET retrieved_at = retrieved_at - INTERVAL 3 DAY WHERE source = 'opendigger'"
    )
    build_copy.execute("DELETE FROM mart.refresh_runs WHERE source <> 'opendigger'")
    assert set(codes(build_copy, published_dir)) == {"regression.stale", "regression.vanished"}


def test_another_field_and_another_version_are_not_compared(build_copy, published_dir):
    build_copy.execute("DELETE FROM mart.project_metrics_monthly")
    assert codes(build_copy, published_dir)
    for column in ("field", "schema_version"):
        build_copy.execute(f"UPDATE mart.metadata SET {column} = 'another'")
        assert codes(build_copy, published_dir) == {}


def test_an_unreadable_generation_is_no_reason_to_publish_nothing(build_copy, published_dir, tmp_path):
    public_dir = shutil.copytree(published_dir, tmp_path / "public", symlinks=True)
    for kept in public_dir.glob("generations/*/landscape.duckdb"):
        kept.write_bytes(b"damaged")
    assert codes(build_copy, public_dir) == {}


def test_worse_is_refused_and_published_with_the_note_of_a_person(
    build_copy, published_dir, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        "pipelines.publish.check_all", lambda _connection: []
    )  # the rules of rows are not at stake
    data_dir = tmp_path / "data"
    public_dir = shutil.copytree(published_dir, data_dir / "public", symlinks=True)
    before = public_file(public_dir).read_bytes()
    build_copy.execute(
        "UPDATE mart.project_metrics_monthly SET value = value * 0.64 WHERE metric_id = 'openrank'"
    )
    build_copy.execute("UPDATE mart.metadata SET snapshot_id = ?", [compute_snapshot_id(build_copy)])
    with pytest.raises(RegressionError) as refused:
        publish_if_changed(build_copy, public_dir)
    assert "openrank of opendigger would be 0.64 times what was published" in str(refused.value)
    assert refused.value.exit_code == 11
    assert public_file(public_dir).read_bytes() == before

    accepted = publish_if_changed(build_copy, public_dir, acceptance="OpenDigger computes it anew")
    assert "0.64 times" in accepted.remarks[0]
    with duckdb.connect(str(accepted.path), read_only=True) as published:
        note, said, messages = published.execute(
            "SELECT acceptance_note, regressions, regression_messages FROM metadata"
        ).fetchall()[0]
    assert note == "OpenDigger computes it anew"
    assert "0.64 times" in said[0]
    assert decode(messages[0]).code == "regression.factor"
    state = read_status(Settings(data_dir=data_dir)).published
    assert "OpenDigger computes it anew" in state.acceptance
    assert "0.64 times" in state.acceptance

    assert publish(build_copy, public_dir).accepted == (), (
        "what was accepted is the measure of the next publication"
    )


@pytest.mark.parametrize("command", ["publish", "build", "refresh"])
def test_a_note_says_something(command, tmp_path):
    refused = call_landscape(command, "--accept", " ", data_dir=tmp_path)
    assert refused.returncode == 2
    assert "--accept" in refused.stderr
