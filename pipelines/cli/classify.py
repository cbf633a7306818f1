"""``landscape classify``: domains for repositories of a CSV file, and ``landscape evaluate``: how good they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from pipelines.classification.assignment import CONFIDENCE_DECIMALS, SHOWN, assign_domain, boxes_of
from pipelines.classification.model import Subject, train_classifier
from pipelines.classification.repository_table import read_repositories
from pipelines.cli.console import progress, say
from pipelines.cli.measured import write_measured
from pipelines.cli.tabular import Format, Output, OutputFormat, write_rows
from pipelines.examples import fetch_creation_days, fetch_subjects, labelled_examples
from pipelines.floor.errors import LandscapeError, StorageError
from pipelines.floor.messages import TEXT, Message, in_english
from pipelines.floor.settings import CHECKOUT, DataProfile, Settings, load_settings
from pipelines.seeds import load_seeds
from pipelines.sources.connect import connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.classification.assignment import Assignment
    from pipelines.classification.repository_table import RepositoryRow
    from pipelines.seeds import Seeds
    from pipelines.sources.connect import Upstreams

UNCLASSIFIED = "unclassified"
_COLUMNS = (
    "full_name",
    "first",
    "first_confidence",
    "second",
    "third",
    "domain",
    "layer",
    "confidence",
    "reasons",
)


def classify(
    file: Annotated[
        Path, typer.Argument(help="CSV file with full_name, description, topics and, optionally, readme.")
    ],
    *,
    output_format: Format = OutputFormat.CSV,
    output: Output = None,
) -> None:
    """Give each repository of a CSV file its three most probable domains, with confidence and reasons.

    Works offline and without a build. Topics are separated by comma, semicolon, bar or blank, or a JSON list.
    Every row stays, in its order; `domain` is `unclassified` where the first is not probable enough, and a
    curated label of the seeds wins.

    Example: landscape classify repositories.csv --output domains.csv
    """
    if output is not None and output.exists() and file.exists() and output.samefile(file):
        raise LandscapeError(
            "the output is the input", where=str(file), hint="name another file with --output"
        )
    try:
        content = file.read_bytes()
    except OSError as error:
        raise StorageError(
            f"the file cannot be read: {error.strerror}", where=str(file), hint="check its name and rights"
        ) from None
    rows = read_repositories(content, str(file))
    settings = load_settings()
    seeds = load_seeds(settings.seeds_dir)
    subjects = fetch_subjects(_committed_texts(settings), seeds)
    found = _assignments(rows, seeds, subjects)
    records = []
    with progress("Classifying", len(rows)) as on_progress:
        for row, assignment in zip(rows, found, strict=True):
            records.append(_record(row, assignment))
            on_progress(len(records), len(rows))
    frame = pl.DataFrame(
        records,
        schema=dict.fromkeys(_COLUMNS, pl.String)
        | {"first_confidence": pl.Float64, "confidence": pl.Float64},
        orient="row",
    )
    write_rows(frame, output_format, output)


def evaluate(
    *,
    write: Annotated[
        bool, typer.Option("--write", help="Put the tables into docs/classification.md as well.")
    ] = False,
) -> None:
    """Measure the classifier on the curated labels: cross-validation and by time, against two baselines.

    Takes one to two minutes. Example: landscape evaluate --write
    """
    # scikit-learn takes seconds to import, and only the baselines need it.
    from pipelines.classification.evaluation import evaluate as measure  # noqa: PLC0415
    from pipelines.classification.report import report  # noqa: PLC0415

    settings = load_settings()
    seeds, upstreams = load_seeds(settings.seeds_dir), _committed_texts(settings)
    taxonomy = seeds.default_taxonomy
    examples = labelled_examples(fetch_subjects(upstreams, seeds), seeds, taxonomy.version)
    measured = measure(
        examples, fetch_creation_days(upstreams, seeds), taxonomy, seeds.threshold("domain_confidence")
    )
    text = report(measured, taxonomy)
    say(text)
    if write:
        write_measured(CHECKOUT / "docs" / "classification.md", text)


def _committed_texts(settings: Settings) -> Upstreams:
    """The texts that are committed with the code: the same on every machine, built or not."""
    return connect(settings.with_profile(DataProfile.SAMPLE), datetime.now(UTC))


def _assignments(
    rows: Sequence[RepositoryRow], seeds: Seeds, subjects: Mapping[str, Subject]
) -> Iterator[Assignment]:
    taxonomy = seeds.default_taxonomy
    classifier = train_classifier(labelled_examples(subjects, seeds, taxonomy.version), taxonomy)
    boxes, threshold = boxes_of(taxonomy), seeds.threshold("domain_confidence")
    project_of, curated = seeds.project_of_name(), seeds.curated_domains(taxonomy.version)
    for row in rows:
        project_id = project_of.get(row.text.full_name.strip().lower(), "")
        known = subjects.get(project_id)
        subject = Subject(row.text, known.neighbours if known else ())
        found = assign_domain(classifier, boxes, subject, threshold)
        if project_id in curated:
            found = found.overruled_by(*boxes[curated[project_id].domain], curated[project_id].reason)
        remarks = (Message(TEXT, {"text": row.remark}),) if row.remark else ()
        yield replace(found, reasons=(*remarks, *found.reasons))


def _record(row: RepositoryRow, found: Assignment) -> tuple[object, ...]:
    names = [name for name, _ in found.ranked]
    names += [""] * (SHOWN - len(names))
    confidence = round(found.confidence, CONFIDENCE_DECIMALS)
    return (
        row.text.full_name,
        names[0],
        confidence,
        names[1],
        names[2],
        found.domain or UNCLASSIFIED,
        found.layer or "",
        confidence,
        "; ".join(map(in_english, found.reasons)),
    )
