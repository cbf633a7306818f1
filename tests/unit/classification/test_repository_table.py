"""CSV files as people have them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.classification.repository_table import read_repositories
from pipelines.floor.errors import SourceError

HEADER = "full_name,description,topics\n"
ROW = 'a/b,"向量数据库, 开源","vector-search,rag"\n'


def names(content):
    return [row.text.full_name for row in read_repositories(content, "x.csv")]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"]
)
def test_chinese_is_read_in_every_usual_encoding(encoding):
    [row] = read_repositories((HEADER + ROW).encode(encoding), "x.csv")
    assert row.text.description == "向量数据库, 开源"
    assert row.text.topics == ("vector-search", "rag")


def test_western_european_text_is_read_where_it_can_be_nothing_else():
    [row] = read_repositories((HEADER + "a/b,Café à la carte,x\n").encode("cp1252"), "x.csv")
    assert row.text.description == "Café à la carte"


def test_an_unclear_encoding_is_refused():
    with pytest.raises(SourceError, match="encoding is not clear"):
        read_repositories(
            HEADER.encode() + "a/b,Café,".encode("cp1252") + "向量,\n".encode("gb18030"), "x.csv"
        )


def test_missing_columns_are_named_with_the_present_ones():
    with pytest.raises(
        SourceError, match="no column description, topics; the columns there are: full_name, about"
    ):
        read_repositories(b"full_name,about\na/b,c\n", "x.csv")


@pytest.mark.parametrize("content", [b"", b"\n\n", "\ufeff".encode()])
def test_an_empty_file_is_refused(content):
    with pytest.raises(SourceError, match="empty"):
        read_repositories(content, "x.csv")


def test_a_header_alone_has_no_rows():
    assert names(HEADER.encode()) == []


def test_an_unclosed_quote_is_refused_with_its_line():
    with pytest.raises(SourceError, match="is not CSV"):
        read_repositories(f'{HEADER}a/b,"never closed,x\nc/d,e,f\n'.encode(), "x.csv")


def test_short_and_long_rows_stay_and_say_so():
    rows = read_repositories(f"{HEADER}a/b\nc/d,e,f,g\n,,\n".encode(), "x.csv")
    assert [row.text.full_name for row in rows] == ["a/b", "c/d", ""]
    assert [row.remark for row in rows] == [
        "the row has 1 cells where the header has 3",
        "the row has 4 cells where the header has 3",
        "",
    ]


def test_other_separators_and_orders_of_columns_are_read():
    [row] = read_repositories(b"Topics;Full_Name;Description;stars\nllm,rag;a/b;An agent;7\n", "x.csv")
    assert (row.text.full_name, row.text.topics) == ("a/b", ("llm", "rag"))


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@given(st.lists(st.tuples(cells, cells), max_size=20))
def test_no_row_is_lost_and_the_order_stays(rows):
    written = io.StringIO(newline="")
    writer = csv.writer(written, quoting=csv.QUOTE_ALL)
    writer.writerows([("full_name", "description", "topics"), *((name, text, "") for name, text in rows)])
    found = read_repositories(written.getvalue().encode(), "x.csv")
    gaps = {"nan", "none", "null"}
    as_meant = [(name, "" if text.strip().lower() in gaps else text) for name, text in rows]
    assert [(row.text.full_name, row.text.description) for row in found] == as_meant


@pytest.mark.parametrize("description", ["開源向量資料庫", "开源 🚀 向量", "自动驾驶 LLM 引擎", "向量 a"])
def test_chinese_of_any_kind_is_read(description: str):
    [row] = read_repositories((HEADER + f"a/b,{description},x\n").encode("gb18030"), "x.csv")
    assert row.text.description == description


@pytest.mark.parametrize("description", ["開 體 vector", "é_ ów"])
def test_what_could_be_either_is_refused_and_never_guessed(description: str):
    encoding = "gb18030" if description.startswith("開") else "cp1252"
    with pytest.raises(SourceError, match="encoding is not clear"):
        read_repositories((HEADER + f"a/b,{description},x\n").encode(encoding), "x.csv")


@pytest.mark.parametrize("description", ["naïve", "Über die Größe", "à la carte", "señor, élan"])
def test_western_words_are_read(description: str):
    [row] = read_repositories((HEADER + f'a/b,"{description}",x\n').encode("cp1252"), "x.csv")
    assert row.text.description == description
