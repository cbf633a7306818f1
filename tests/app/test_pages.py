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
def test_a_page_draws_the_sample(open_page, sample_data_dir, page, lang):
    app = open_page(page, sample_data_dir, lang=lang)
    assert not app.exception
    assert not app.error
    assert "2025" in texts(app)


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


def test_a_file_of_an_earlier_version_names_what_it_lacks(open_page, sample_data_dir, tmp_path):
    shutil.copytree(sample_data_dir / "public", tmp_path / "public", symlinks=True)
    with duckdb.connect(str(tmp_path / "public" / "landscape.duckdb")) as connection:
        connection.execute("DROP TABLE taxonomy_boxes")
    app = open_page("landscape", tmp_path)
    assert not app.exception
    assert "taxonomy_boxes" in texts(app)


def test_a_broken_file_is_named_with_what_to_do(open_page, tmp_path):
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "landscape.duckdb").write_bytes(b"no database at all" * 999)
    app = open_page("landscape", tmp_path)
    assert not app.exception
    assert "cannot be read" in texts(app)
    assert str(tmp_path) in texts(app)
