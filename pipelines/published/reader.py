"""The published landscape as its readers open it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.floor.periods import Month
from pipelines.floor.settings import load_settings
from pipelines.generations import public_file
from pipelines.published.catalogue import Catalogue
from pipelines.published.changes import Changes
from pipelines.published.choices import Choices
from pipelines.published.comparison import Comparisons
from pipelines.published.generation import Generation, Identity, open_generation
from pipelines.published.growth import Growth
from pipelines.published.members import Members
from pipelines.published.network import Networks
from pipelines.published.projects import Projects
from pipelines.published.provenance import Provenance
from pipelines.published.rankings import Rankings
from pipelines.published.series import Series
from pipelines.published.status import Statuses
from pipelines.published.trends import Trends

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a published file opens on."""

    as_of: Month
    profile: str
    taxonomy_version: str


class Landscape:
    """A published landscape, which stays readable although a newer one takes its place.

    Its questions are grouped by family; each is answered with an `Answer`: rows, and the SQL they come from.

    Parameters
    ----------
    generation
        The published file.
    """

    def __init__(self, generation: Generation) -> None:
        self.generation = generation

    @property
    def catalogue(self) -> Catalogue:
        """Definitions, rules, taxonomy, thresholds and the dictionary."""
        return Catalogue(self)

    @property
    def changes(self) -> Changes:
        """What differs between two landscapes."""
        return Changes(self)

    @property
    def choices(self) -> Choices:
        """Months, profiles, scopes and projects that may be asked for."""
        return Choices(self)

    @property
    def comparison(self) -> Comparisons:
        """A few projects side by side."""
        return Comparisons(self)

    @property
    def growth(self) -> Growth:
        """What grew: domains, projects, technology areas."""
        return Growth(self)

    @property
    def members(self) -> Members:
        """Who is in the landscape as of a month, and why."""
        return Members(self)

    @property
    def network(self) -> Networks:
        """Who shares people with whom."""
        return Networks(self)

    @property
    def projects(self) -> Projects:
        """What is known of a project, and which projects there are."""
        return Projects(self)

    @property
    def provenance(self) -> Provenance:
        """Sources, versions, coverage."""
        return Provenance(self)

    @property
    def rankings(self) -> Rankings:
        """Who leads, who rises and who falls."""
        return Rankings(self)

    @property
    def series(self) -> Series:
        """Monthly and annual series."""
        return Series(self)

    @property
    def status(self) -> Statuses:
        """Who lives, who declines and who ended."""
        return Statuses(self)

    @property
    def trends(self) -> Trends:
        """Series on one axis, with what is unknown of them."""
        return Trends(self)

    @property
    def identity(self) -> Identity:
        """What distinguishes this generation from the next under the same path."""
        return self.generation.identity

    @property
    def lacking(self) -> tuple[str, ...]:
        """Tables and columns that this software reads and the file does not have."""
        return self.generation.lacking

    @cached_property
    def defaults(self) -> Defaults:
        """As-of month, membership profile and taxonomy of the file."""
        (row,) = self.provenance.metadata().frame.iter_rows(named=True)
        return Defaults(Month.of(row["as_of_month"]), row["membership_profile"], row["taxonomy_version"])

    def query(self, sql: str) -> pl.DataFrame:
        """Rows of one SELECT that a person wrote.

        Raises
        ------
        QueryError
            If `sql` is not exactly one SELECT, or DuckDB refuses it.
        """
        return self.generation.select(sql)

    def query_batches(self, sql: str, rows_at_once: int = 50_000) -> Iterator[pl.DataFrame]:
        """As `query`, a part of the rows at a time: the result may be larger than the memory.

        Raises
        ------
        QueryError
            If `sql` is not exactly one SELECT, or DuckDB refuses it.
        """
        return self.generation.select_batches(sql, rows_at_once)


def open_landscape(path: Path | str | None = None, *, any_version: bool = False) -> Landscape:
    """Open the newest published landscape.

    Parameters
    ----------
    path
        The published file, the folder that holds it, or the data folder above; that of the settings by default.
    any_version
        Whether to open a file that another version of the software wrote, too: `Landscape.lacking` lists what it
        does not have.

    Raises
    ------
    NotPublishedError
        If there is none.
    OtherVersionError
        If another version of the software wrote it.
    StorageError
        If it cannot be read.

    Examples
    --------
    >>> from pipelines.published import open_landscape
    >>> open_landscape().defaults.profile
    'year-mean-10'
    """
    found = load_settings().public_dir if path is None else Path(path)
    if not public_file(found).exists() and public_file(found / "public").exists():
        found = found / "public"
    generation = open_generation(public_file(found) if found.is_dir() or not found.suffix else found)
    if not any_version:
        generation.require_version()
    return Landscape(generation)
