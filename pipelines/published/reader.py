"""The published landscape as its readers open it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pipelines.periods import Month
from pipelines.publish import public_file
from pipelines.published.catalogue import Catalogue
from pipelines.published.changes import Changes
from pipelines.published.comparison import Comparisons
from pipelines.published.generation import Generation, Identity, open_generation
from pipelines.published.members import Members
from pipelines.published.network import Networks
from pipelines.published.projects import Projects
from pipelines.published.provenance import Provenance
from pipelines.published.rankings import Rankings
from pipelines.published.series import Series
from pipelines.published.status import Statuses
from pipelines.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a published file opens on."""

    as_of: Month
    profile: str
    taxonomy_version: str


class Landscape:
    """A published landscape, which stays readable although a newer one takes its place.

    Attributes
    ----------
    catalogue, provenance, members, rankings, projects, series, network, status, changes, comparison
        Questions by family; each answers with an `Answer`: rows, and the SQL they come from.
    """

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self.catalogue = Catalogue(generation)
        self.provenance = Provenance(generation)
        self.members = Members(generation)
        self.rankings = Rankings(generation)
        self.projects = Projects(generation)
        self.series = Series(generation)
        self.network = Networks(generation)
        self.status = Statuses(generation)
        self.changes = Changes(generation)
        self.comparison = Comparisons(generation)

    @property
    def identity(self) -> Identity:
        """What distinguishes this generation from the next under the same path."""
        return self._generation.identity

    @property
    def lacking(self) -> tuple[str, ...]:
        """Tables and columns that this software reads and the file does not have."""
        return self._generation.lacking

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
        return self._generation.select(sql)


def open_landscape(path: Path | None = None, *, any_version: bool = False) -> Landscape:
    """Open the newest published landscape.

    Parameters
    ----------
    path
        The published file, or the folder that holds it; that of the settings by default.
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
    """
    found = load_settings().public_dir if path is None else path
    generation = open_generation(public_file(found) if found.is_dir() or not found.suffix else found)
    if not any_version:
        generation.require_version()
    return Landscape(generation)
