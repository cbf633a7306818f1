"""The measures of the classifier as tables of Markdown."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from pipelines.classification.assignment import SHOWN
from pipelines.classification.evaluation import CLASSIFIER, FOLDS, REPEATS, measures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.classification.evaluation import Evaluation, Trial
    from pipelines.seeds.taxonomies import Taxonomy


def report(evaluation: Evaluation, taxonomy: Taxonomy) -> str:
    """The tables as Markdown."""
    names = [domain.name.en for layer in taxonomy.layers for domain in layer.domains]
    projects_count = len(next(iter(evaluation.cross_validated.values())).chosen)
    return "\n".join(
        [
            f"Cross-validation, {REPEATS} times {FOLDS} stratified folds over {projects_count} projects; in brackets"
            " 95 % bootstrap intervals over projects:",
            "",
            *_table(evaluation.cross_validated, evaluation.threshold),
            "",
            f"By time: trained on the {projects_count - len(evaluation.newer)} older projects, tested on the"
            f" {len(evaluation.newer)} created since {evaluation.newer_since}:",
            "",
            *_table(evaluation.by_time, evaluation.threshold),
            "",
            "Confusions in cross-validation, in projects (mean over the repeats):",
            "",
            *_confusions(evaluation.cross_validated[CLASSIFIER], names),
            "",
            "Newer projects whose first domain is not the curated one:",
            "",
            *_mistakes(evaluation, names),
        ]
    )


def _table(trials: Mapping[str, Trial], threshold: float) -> list[str]:
    rows = {name: measures(trial, threshold) for name, trial in trials.items()}
    headings = [
        f"{name} of `domain` at {threshold:g}" if name in {"precision", "coverage"} else name
        for name in next(iter(rows.values()))
    ]
    return [
        f"| | {' | '.join(headings)} |",
        f"|---|{'---|' * len(headings)}",
        *(f"| {name} | {' | '.join(map(str, row.values()))} |" for name, row in rows.items()),
    ]


def _confusions(trial: Trial, names: Sequence[str]) -> list[str]:
    first = trial.probabilities.argmax(axis=2)
    pairs = Counter(
        (int(curated), int(predicted))
        for repeat in first
        for curated, predicted in zip(trial.chosen, repeat, strict=True)
        if curated != predicted
    )
    lines = ["| curated | predicted | projects |", "|---|---|---|"]
    for (curated, predicted), count in sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0])):
        lines.append(f"| {names[curated]} | {names[predicted]} | {count / len(first):.1f} |")
    return lines


def _mistakes(evaluation: Evaluation, names: Sequence[str]) -> list[str]:
    trial = evaluation.by_time[CLASSIFIER]
    lines = ["| project | curated | three best |", "|---|---|---|"]
    for example, row, curated in zip(evaluation.newer, trial.probabilities[0], trial.chosen, strict=True):
        order = np.argsort(-row, kind="stable")[:SHOWN]
        if order[0] != curated:
            best = ", ".join(f"{names[at]} {row[at]:.2f}" for at in order)
            lines.append(f"| {example.project_id} | {names[curated]} | {best} |")
    return lines
