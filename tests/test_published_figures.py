"""What the report printed, held against the sample by the rule of the pipeline."""

from __future__ import annotations

import duckdb
import pytest

from pipelines.errors import SeedsError
from pipelines.seeds import load_seeds
from pipelines.tables.figures.build import measure_figure
from tests.conftest import CHECKOUT


def test_verdicts_on_the_report(landscape):
    verdicts = dict(landscape.execute("SELECT figure_id, verdict FROM published_figures").fetchall())
    assert {figure_id for figure_id, verdict in verdicts.items() if verdict == "differs"} == {
        "landscape-members", "rank-llama-cpp", "rising-gravitino", "rising-unity-catalog", "network-nodes",
        "network-isolated", "core-pytorch", "graveyard-since-2023", "graveyard-stars",
    }  # fmt: skip
    assert verdicts["change-dify"] == verdicts["year-paddle-2024"] == "not_reproducible"
    assert verdicts["mean-vllm"] == verdicts["pytorch-passes-tensorflow"] == "agrees"


def test_a_spoiled_table_changes_the_verdict(build_copy):
    (figure,) = [one for one in load_seeds(CHECKOUT / "seeds").published_figures if one.id == "mean-vllm"]
    build_copy.execute("SET schema = 'mart'")
    assert measure_figure(build_copy, figure)[0] == pytest.approx(615.46, abs=0.01)
    build_copy.execute("UPDATE mart.project_metrics_monthly SET value = value + 9 WHERE project_id = 'vllm'")
    assert measure_figure(build_copy, figure)[0] == pytest.approx(624.46, abs=0.01)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT 1 AS value", "gives 1 rows of value"),
        ("SELECT 1 AS value, 1 AS coverage_ratio FROM range(2)", "gives 2 rows"),
        ("DROP TABLE projects", "only one SELECT"),
        ("SELECT nothing FROM nowhere", "cannot be run"),
    ],
)
def test_sql_that_measures_nothing_is_named(sql, said):
    (figure,) = [one for one in load_seeds(CHECKOUT / "seeds").published_figures if one.id == "mean-vllm"]
    with duckdb.connect() as connection, pytest.raises(SeedsError, match=said) as error:
        measure_figure(connection, figure.model_copy(update={"measured_by": sql}))
    assert "mean-vllm" in str(error.value)
