"""What the entries of every seeds file share: the base model, and texts with a form of their own."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)

from pipelines.floor.names import REPO_FULL_NAME_PATTERN, repo_full_name_problem
from pipelines.floor.periods import Hour


def _day(value: object) -> date:
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise ValueError(f"expected a date as YYYY-MM-DD, not {value!r}")
    return day


def _repository_name(text: str) -> str:
    if problem := repo_full_name_problem(text):
        raise ValueError(problem)
    return text


def _hour(value: object) -> Hour:
    return value if isinstance(value, Hour) else Hour.parse(str(value))


_RESERVED_IN_SCHEMA = r"/(\.|\.\.|.*\.([gG][iI][tT]|[wW][iI][kK][iI]))$"
"""The reserved names of `pipelines.floor.names`, in the dialect of JSON Schema, which has no flags."""
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$")]
TaxonomyVersion = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[a-z0-9]+$")]
TechnologyLabel = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(/[a-z0-9_]+)*$")]
Account = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$")]
RepositoryName = Annotated[
    str,
    AfterValidator(_repository_name),
    WithJsonSchema(
        {"type": "string", "pattern": REPO_FULL_NAME_PATTERN, "not": {"pattern": _RESERVED_IN_SCHEMA}}
    ),
]
RepositoryPattern = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+/([A-Za-z0-9._-]+|\*)$")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
Text = Annotated[str, StringConstraints(pattern=r"\S")]
Day = Annotated[date, BeforeValidator(_day)]
YearMonth = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
ArchiveHour = Annotated[
    Hour,
    PlainValidator(_hour),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}[T-]\d{1,2}$"}),
]


class Entry(BaseModel):
    """Keys with values in a seeds file: no others are allowed, and none changes its type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class LocalizedText(Entry):
    """The same text in English and in Chinese."""

    en: Text
    zh: Text


Ratio = Annotated[float, Field(gt=0, lt=1)]
Weight = Annotated[float, Field(gt=0)]
