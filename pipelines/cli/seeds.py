"""``landscape validate`` and ``landscape dictionary``: check what people curate, and write what definitions say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.console import say
from pipelines.floor.errors import SeedsError
from pipelines.floor.settings import CHECKOUT, load_settings
from pipelines.metrics.pages import metric_index, metric_page
from pipelines.seeds import check_seeds, load_seeds, write_schemas
from pipelines.sources.pages import sources_page
from pipelines.sources.registry import SOURCES
from pipelines.tables.dictionary import data_dictionary
from pipelines.tables.figures.build import find_broken_figures
from pipelines.tables.metrics import METRICS


def validate(
    folder: Annotated[
        Path | None, typer.Argument(help="Seeds folder; LANDSCAPE_SEEDS_DIR by default.", show_default=False)
    ] = None,
) -> None:
    """Check every file of a seeds folder and name file, line and entry of each problem.

    Example: landscape validate seeds/examples/databases
    """
    seeds_dir = folder.absolute() if folder else load_settings().seeds_dir
    problems = check_seeds(seeds_dir)
    if problems:
        for problem in problems:
            say(str(problem))
        raise SeedsError(
            f"{len(problems)} problem(s) in the seeds",
            where=str(seeds_dir),
            hint="correct the lines named above; seeds/schemas/ says what each file may hold",
        )
    seeds = load_seeds(seeds_dir)
    broken = find_broken_figures(seeds)
    for figure_id, cause in broken.items():
        say(f'published_figures.yml, figure "{figure_id}": {cause}')
    if broken:
        raise SeedsError(
            f"{len(broken)} figure(s) that can never be measured",
            where=str(seeds_dir / "published_figures.yml"),
            hint="measured_by is one SELECT of value and coverage_ratio over the tables of docs/data_dictionary.md",
        )
    domains = sum(len(layer.domains) for layer in seeds.default_taxonomy.layers)
    say(f"{seeds_dir}: {len(seeds.projects)} projects, {domains} domains: no problem found")


def dictionary() -> None:
    """Write the generated pages of docs/ and the JSON Schemas of the seeds anew from their definitions.

    Example: landscape dictionary
    """
    path = CHECKOUT / "docs" / "data_dictionary.md"
    path.write_text(data_dictionary(), encoding="utf-8")
    sources_path = CHECKOUT / "docs" / "sources.md"
    sources_path.write_text(sources_page(SOURCES), encoding="utf-8")
    write_schemas(CHECKOUT / "seeds" / "schemas")
    _write_metric_pages(CHECKOUT / "docs" / "metrics")
    say(f"Wrote {path}, {sources_path}, the pages in docs/metrics and the schemas in seeds/schemas")


def _write_metric_pages(folder: Path) -> None:
    thresholds = load_seeds(CHECKOUT / "seeds").thresholds
    folder.mkdir(exist_ok=True)
    for metric in METRICS:
        (folder / f"{metric.metric_id}.md").write_text(metric_page(metric, thresholds), encoding="utf-8")
    (folder / "README.md").write_text(metric_index(METRICS), encoding="utf-8")
