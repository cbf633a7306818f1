"""What a table of the build file is: its name, its contract, and how it is built from which inputs.

Belongs here: the declaration, from which lineage, order and checks follow. Must not: a table, or a connection.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING

from pipelines.tables.contracts import PUBLISHED, table_name
from pipelines.warehouse.ddl import table_comment
from pipelines.warehouse.lineage import reads_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import dataframely as dy
    import polars as pl

FACTS = frozenset({"seeds", "scope", "openrank_store", "published"})
"""What a build may ask for besides frames: the seeds, the day and month of the build, the folder of the months of
OpenRank, and all published tables at once (`pipelines.tables.runner.PublishedTables`)."""


class DeclarationError(TypeError):
    """A table is declared wrongly: it asks for what it does not declare, or for what nobody builds."""


class Sql:
    """A build by one SELECT, in the file ``<table>.sql`` next to the declaration; its inputs follow from its text."""

    def __init__(self, package: str) -> None:
        self.package = package

    def text(self, name: str) -> str:
        """The SELECT of a table."""
        return read_sql(self.package, name)


class Frames:
    """A build by a pure function, from frames to a frame.

    Parameters
    ----------
    function
        Takes a frame by the name of each of `inputs`, and each of `FACTS` that its signature names.
    inputs
        Name of a parameter → SELECT over the build file.

    Raises
    ------
    DeclarationError
        If a parameter is neither declared nor a fact, or an input is no parameter.
    """

    def __init__(self, function: Callable[..., pl.DataFrame], **inputs: str) -> None:
        parameters = inspect.signature(function).parameters.keys()
        undeclared = parameters - inputs.keys() - FACTS
        unused = inputs.keys() - parameters
        if undeclared or unused:
            raise DeclarationError(
                f"{function.__name__}: {', '.join(sorted(undeclared | unused))} is declared and not taken, or taken"
                " and not declared"
            )
        self.function = function
        self.inputs = inputs
        self.facts = parameters & FACTS


class FileView:
    """A view over files that are no part of the build file: a function that gives its SELECT, from facts alone."""

    def __init__(self, function: Callable[..., str]) -> None:
        self.function = function
        self.facts = inspect.signature(function).parameters.keys()
        if self.facts - FACTS:
            raise DeclarationError(f"{function.__name__}: {', '.join(sorted(self.facts - FACTS))} is no fact")


class Walk:
    """A build that walks step by step, with set work in SQL at each: it gets a workspace that knows its inputs.

    Parameters
    ----------
    function
        Takes a `pipelines.tables.workspace.Workspace` as ``workspace``, and facts.
    inputs
        Tables that it may read.
    """

    def __init__(self, function: Callable[..., pl.DataFrame], inputs: frozenset[str]) -> None:
        self.function = function
        self.inputs = inputs
        self.facts = inspect.signature(function).parameters.keys() - {"workspace"}
        if self.facts - FACTS:
            raise DeclarationError(f"{function.__name__}: {', '.join(sorted(self.facts - FACTS))} is no fact")


Build = Sql | Frames | FileView | Walk


@dataclass(frozen=True)
class Table:
    """A table of the build file, declared once.

    Attributes
    ----------
    schema, name
        Where it is; ``mart`` is what is published.
    stage
        The stage that computes it: its group in Dagster.
    build
        How its rows come about.
    contract
        Of a published table.
    """

    schema: str
    name: str
    stage: str
    build: Build
    contract: type[dy.Schema] | None = None

    @property
    def qualified(self) -> str:
        """Name with schema, as SQL writes it."""
        return f"{self.schema}.{self.name}"

    @property
    def is_published(self) -> bool:
        """Whether readers see it."""
        return self.contract is not None

    @property
    def description(self) -> str:
        """What it holds, in words."""
        if self.contract is not None:
            return table_comment(self.contract)
        if isinstance(self.build, Sql):
            lines = self.build.text(self.name).splitlines()
            comments = [line.removeprefix("--").strip() for line in lines if line.startswith("--")]
            return " ".join(comments)
        return " ".join((inspect.getdoc(self.build.function) or "").split())

    @property
    def reads_openrank_store(self) -> bool:
        """Whether the months of OpenRank that were computed here are an input."""
        return not isinstance(self.build, Sql) and "openrank_store" in self.build.facts

    @cached_property
    def inputs(self) -> frozenset[str]:
        """Every table that the build reads, with its schema."""
        if isinstance(self.build, Sql):
            return reads_of(self.build.text(self.name)).tables
        found: frozenset[str] = frozenset()
        if isinstance(self.build, Frames):
            found = found.union(*(reads_of(select).tables for select in self.build.inputs.values()))
        elif isinstance(self.build, Walk):
            found = self.build.inputs
        if "published" in self.build.facts:
            # The fingerprint of all tables comes last, and is of itself no part.
            others = PUBLISHED.keys() - {self.name, "metadata"}
            found |= {f"mart.{name}" for name in others}
        return found


def published(contract: type[dy.Schema], stage: str, build: Build) -> Table:
    """A table that readers see."""
    return Table("mart", table_name(contract), stage, build, contract)


def private(qualified: str, stage: str, build: Build) -> Table:
    """A table between staging and what is published, as ``core.project_names``."""
    schema, _, name = qualified.partition(".")
    return Table(schema, name, stage, build)


def read_sql(package: str, name: str) -> str:
    """The SELECT in ``<name>.sql`` of a package."""
    return (files(package) / f"{name}.sql").read_text(encoding="utf-8")
