"""Every message of the published sample gives, in English, the sentence of its row."""

from __future__ import annotations

import pytest

from pipelines.floor.messages import decode, in_english
from pipelines.landscape.changes import detail_message
from pipelines.landscape.membership import reason_message

LISTS = {
    "project_status": ("reasons", "reason_messages"),
    "project_domains": ("reasons", "reason_messages"),
}
SINGLE = {
    "project_annotations": ("text", "message"),
    "graph_summary": ("published_remark", "published_remark_message"),
}


@pytest.mark.parametrize("table", LISTS)
def test_messages_of_a_list_are_its_sentences(landscape, table):
    sentences, messages = LISTS[table]
    rows = landscape.execute(f"SELECT DISTINCT {sentences}, {messages} FROM {table}").fetchall()
    assert rows
    for written, coded in rows:
        assert [in_english(decode(message)) for message in coded] == written


@pytest.mark.parametrize("table", SINGLE)
def test_a_message_is_its_sentence(landscape, table):
    sentence, message = SINGLE[table]
    rows = landscape.execute(
        f"SELECT DISTINCT {sentence}, {message} FROM {table} WHERE {sentence} IS NOT NULL"
    ).fetchall()
    assert rows
    assert [in_english(decode(coded)) for _, coded in rows] == [written for written, _ in rows]


def test_messages_of_coverage_are_its_details(landscape):
    rows = landscape.execute(
        "SELECT DISTINCT detail, detail_messages FROM data_coverage WHERE detail IS NOT NULL"
    ).fetchall()
    assert rows
    for written, coded in rows:
        assert "; ".join(in_english(decode(message)) for message in coded) == written


@pytest.fixture(scope="module")
def reasons(landscape):
    rows = landscape.sql(
        "SELECT m.*, p.created_at::DATE AS created_on, r.comparison, r.threshold"
        " FROM landscape_members AS m JOIN projects AS p USING (project_id)"
        " JOIN membership_profiles AS r USING (profile)"
    ).pl()
    return {
        (row["as_of_month"], row["profile"], row["project_id"]): (row["reason"], reason_message(row))
        for row in rows.iter_rows(named=True)
    }


def test_a_reason_of_membership_follows_from_the_columns_of_its_row(reasons):
    assert len({message.code for _, message in reasons.values()}) >= 5
    assert all(in_english(message) == written for written, message in reasons.values())


def test_a_change_is_said_by_the_reasons_of_both_sides(landscape, reasons):
    rows = landscape.sql("FROM landscape_changes").pl()
    assert set(rows["kind"]) >= {"kept", "new", "dropped"}
    for row in rows.iter_rows(named=True):
        sides = [
            reasons.get((row[f"as_of_month_{side}"], row[f"profile_{side}"], row["project_id"]), (None, None))
            for side in ("before", "after")
        ]
        message = detail_message(row, *(reason for _, reason in sides))
        assert in_english(message) == row["detail"]
