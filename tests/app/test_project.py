"""The project page: what is unknown of a project is said and not drawn as an empty table."""

from __future__ import annotations

from tests.app.test_pages import texts


def test_who_shares_people_with_nobody_has_no_empty_tables(open_page, sample_data_dir):
    app = open_page("project", sample_data_dir, lang="en", project="swarm")
    assert not app.exception
    assert "No pair with enough shared people is published." in texts(app)
    assert "No other project stands in its domain." in texts(app)
    assert not app.dataframe
