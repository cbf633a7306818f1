"""What may be asked for, and the answer to anything else."""

from __future__ import annotations

import re

import pytest

from pipelines.floor.errors import UnknownChoiceError
from pipelines.published import open_landscape


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda found: found.rankings.ranking("2025-04", window_months=0), "it may have 1 to 124"),
        (lambda found: found.rankings.ranking("2025-04", window_months=-3), "it may have 1 to 124"),
        (lambda found: found.rankings.ranking("2025-04", window_months=999), "it may have 1 to 124"),
        (lambda found: found.rankings.ranking("2025-04", top=0), "ask for 1 or more"),
        (lambda found: found.network.neighbours("vllm", -1), "ask for 1 or more"),
        (lambda found: found.series.of_metric(["vllm"], "opnrank"), 'there is no "opnrank"'),
        (lambda found: found.series.of_metric(["nope"], "openrank"), 'there is no project "nope"'),
        (lambda found: found.series.of_metric("vllm", "star"), 'there is no "star"'),
    ],
)
def test_what_the_file_does_not_have_is_said_and_not_answered_with_nothing(sample_data_dir, asked, said):
    with pytest.raises(UnknownChoiceError, match=re.escape(said)):
        asked(open_landscape(sample_data_dir / "public"))


def test_a_project_may_be_named_in_any_way_and_alone(sample_data_dir):
    series = open_landscape(sample_data_dir / "public").series
    by_id = series.of_metric(["vllm"], "openrank").frame
    assert by_id.height > 20
    assert series.of_metric("vLLM-project/vLLM", "openrank").frame.equals(by_id)


def test_a_landscape_opens_by_file_folder_and_data_folder_given_as_text(sample_data_dir):
    ids = {
        open_landscape(str(path)).provenance.metadata().frame["snapshot_id"].item()
        for path in (
            sample_data_dir / "public" / "landscape.duckdb",
            sample_data_dir / "public",
            sample_data_dir,
        )
    }
    assert len(ids) == 1


def test_more_than_there_is_is_all_there_is(sample_data_dir):
    rankings = open_landscape(sample_data_dir / "public").rankings
    assert rankings.ranking("2025-04", top=10**20).frame.height == rankings.ranking("2025-04").frame.height
