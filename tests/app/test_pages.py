"""Every page draws the full, the empty and the missing published file, in both languages."""

from __future__ import annotations

import shutil

import duckdb
import pytest

from tests.app.conftest import PAGES

LANGUAGES = ("en", "zh")


def texts(app) -> str:
    """What a page says, as one text."""
    kinds = (app.header, app.title, app.markdown, app.text, app.info, app.warning, app.error, app.caption)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_draws_the_sample_and_its_sql_can_be_pasted(open_page, sample_data_dir, landscape, page, lang):
    chosen = {"projects": ["vllm", "sglang"]} if page == "compare" else {}
    app = open_page(page, sample_data_dir, lang=lang, **chosen)
    assert not app.exception
    assert not app.error
    assert "2025" in texts(app)
    queries = {one.value for one in app.code if one.language == "sql"}
    assert queries
    for query in queries:
        landscape.execute(query).fetchone()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_that_there_is_nothing_yet(open_page, empty_data_dir, page):
    app = open_page(page, empty_data_dir)
    assert not app.exception
    assert app.info, "an empty page must say why it is empty and what to do"


@pytest.mark.parametrize("page", PAGES)
def test_without_a_published_file_a_page_says_what_to_run(open_page, tmp_path, page):
    app = open_page(page, tmp_path)
    assert not app.exception
    assert "No landscape has been published yet" in texts(app)
    assert app.code[0].value == "make landscape"


@pytest.fixture
def changed(sample_data_dir, tmp_path):
    """A data folder whose published file was changed by some statements."""

    def change(*statements: str):
        shutil.copytree(sample_data_dir / "public", tmp_path / "public", symlinks=True)
        with duckdb.connect(str(tmp_path / "public" / "landscape.duckdb")) as connection:
            for statement in statements:
                connection.execute(statement)
        return tmp_path

    return change


EARLIER = {
    "a table": ("DROP TABLE taxonomy_boxes", "taxonomy_boxes"),
    "a column": ("ALTER TABLE projects DROP COLUMN topics", "projects.topics"),
    "a column of that type": (
        "ALTER TABLE projects ALTER COLUMN topics TYPE VARCHAR USING 'x'",
        "projects.topics",
    ),
    "a column under that name": ("ALTER TABLE metadata RENAME COLUMN as_of TO seen_on", "metadata.as_of"),
}


@pytest.mark.parametrize(("statement", "lacking"), EARLIER.values(), ids=EARLIER)
def test_a_file_of_an_earlier_version_names_what_it_lacks(open_page, changed, statement, lacking):
    app = open_page("landscape", changed(statement), lang="en")
    assert not app.exception
    assert "of an earlier version" in texts(app)
    assert f"It lacks {lacking}." in texts(app)
    assert app.code[0].value == "landscape build --sample"


@pytest.mark.parametrize("version", ["0", "before there were numbers"])
def test_tables_that_meant_something_else_are_not_shown(open_page, changed, version):
    app = open_page("landscape", changed(f"UPDATE metadata SET schema_version = '{version}'"), lang="en")
    assert not app.exception
    assert "of an earlier version" in texts(app)
    assert f"Version of its tables: {version}." in texts(app)


def test_a_file_of_a_later_version_asks_for_newer_software(open_page, changed):
    later = changed("UPDATE metadata SET schema_version = '12'", "ALTER TABLE projects DROP COLUMN topics")
    app = open_page("landscape", later, lang="en")
    assert not app.exception
    assert "of a later version" in texts(app)
    assert "git pull" in app.code[0].value


def test_more_than_this_version_shows_does_no_harm(open_page, changed):
    more = changed("CREATE TABLE more AS SELECT 1 AS one", "ALTER TABLE metadata ADD COLUMN more INTEGER")
    app = open_page("data", more, lang="en")
    assert not app.exception
    assert "version" not in "".join(one.value for one in app.header)
    assert app.segmented_control


def test_projects_of_one_name_stand_side_by_side(open_page, changed):
    alike = changed("UPDATE projects SET name = 'vLLM' WHERE project_id = 'sglang'")
    app = open_page("compare", alike, lang="en", projects=["vllm", "sglang"])
    assert not app.exception
    assert list(app.table[0].value.columns)[1:] == ["vLLM \\(vllm\\)", "vLLM \\(sglang\\)"]


UNSAID = {
    "no column": "ALTER TABLE metadata DROP COLUMN schema_version",
    "no table": "DROP TABLE metadata",
    "no row": "DELETE FROM metadata",
}


@pytest.mark.parametrize("statement", UNSAID.values(), ids=UNSAID)
def test_a_file_that_does_not_say_its_version_has_its_page(open_page, changed, statement):
    app = open_page("landscape", changed(statement), lang="en")
    assert not app.exception
    assert "of an earlier version" in texts(app)
    assert "Version of its tables: unknown." in texts(app)


def test_a_file_that_was_cut_short_is_named_with_what_to_do(open_page, changed):
    cut = changed()
    path = cut / "public" / "landscape.duckdb"
    path.write_bytes(path.read_bytes()[: 3 * 4096])
    app = open_page("landscape", cut, lang="en")
    assert not app.exception
    assert "cannot be read" in texts(app)


def test_a_broken_file_is_named_with_what_to_do(open_page, tmp_path):
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "landscape.duckdb").write_bytes(b"no database at all" * 999)
    app = open_page("landscape", tmp_path)
    assert not app.exception
    assert "cannot be read" in texts(app)
    assert str(tmp_path) in texts(app)
