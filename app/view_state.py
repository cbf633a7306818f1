"""What a page shows, as a frozen value, and as the query of a URL.

Belongs here: reading and writing. Must not: widgets, or what the published file holds; the page says which values
exist. Ids in a URL are free of language, so that a link opens the same view for everybody.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast, get_origin, get_type_hints

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from app.i18n import LANGUAGES
from pipelines.floor.periods import Month

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    Choices = Mapping[str, Collection[object] | Callable[[Any], Collection[object]]]

LANGUAGE_KEY = "lang"
"""The one key that belongs to every page."""

MOST_SERIES, MOST_COMPARED = 20, 6
"""Projects that one chart can distinguish, and that fit next to each other."""

MOST_OPENRANK = 1_000_000.0
"""More than all of GitHub has; a number that is too large for its widget would end the page."""

MOST_SQL = 10_000
"""Characters of a query in the console."""


@dataclass(frozen=True, slots=True)
class AtMost:
    """How many values a field takes."""

    count: int


def _first_day(value: object) -> object:
    if not isinstance(value, str):
        return value
    return Month.parse(value).first_day


MonthDay = Annotated[date, BeforeValidator(_first_day)]
"""A month as its first day; ``2025-04`` in a URL."""


@dataclass(frozen=True, slots=True)
class LandscapeView:
    """The poster: which month, under which rule, and what is left out."""

    as_of: MonthDay | None = None
    profile: str | None = None
    against: MonthDay | None = None
    layer: tuple[str, ...] = ()
    domain: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    licence: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    created_from: int | None = None
    openrank_from: Annotated[float, Field(ge=0, le=MOST_OPENRANK)] = 0.0
    search: str = ""


@dataclass(frozen=True, slots=True)
class RankingsView:
    """A ranking: which month, over how many months, of whom."""

    as_of: MonthDay | None = None
    window: int | None = None
    scope: str = "landscape"
    top: int = 20


@dataclass(frozen=True, slots=True)
class ProjectView:
    """One project, and the metric that is drawn."""

    project: str | None = None
    metric: str = "openrank"


@dataclass(frozen=True, slots=True)
class TrendsView:
    """Series of projects, domains or technology areas, and how they are put on one axis.

    Attributes
    ----------
    kind
        ``projects``, ``domains`` or ``areas``.
    scopes
        Layers, domains and subdomains, each as ``scope:name``.
    since
        First year of the calendar that is drawn.
    """

    kind: str = "projects"
    projects: Annotated[tuple[str, ...], AtMost(MOST_SERIES)] = ()
    scopes: Annotated[tuple[str, ...], AtMost(MOST_SERIES)] = ()
    areas: Annotated[tuple[str, ...], AtMost(MOST_SERIES)] = ()
    metric: str = "openrank"
    period: str = "monthly"
    aggregate: str = "sum"
    align: str = "calendar"
    since: int | None = None
    index: bool = False
    log: bool = False
    events: bool = False


@dataclass(frozen=True, slots=True)
class CompareView:
    """Some projects side by side: as of which month, and along which axis."""

    projects: Annotated[tuple[str, ...], AtMost(MOST_COMPARED)] = ()
    as_of: MonthDay | None = None
    align: str = "calendar"


@dataclass(frozen=True, slots=True)
class DataView:
    """The data page: which part of it, and what is looked up there."""

    part: str = "sources"
    metrics: str = ""
    table: str | None = None
    sql: Annotated[str, Field(max_length=MOST_SQL)] = ""


@dataclass(frozen=True, slots=True)
class NetworkView:
    """The collaboration network: which one, from how many shared people on, and whose surroundings."""

    network: str | None = None
    cut: int | None = None
    colour: str = "domain"
    size: str = "openrank"
    focus: str | None = None
    hops: int = 0
    target: str | None = None
    measure: str = "degree"


@dataclass(frozen=True, slots=True)
class GraveyardView:
    """The graveyard: as of which day, and the rule as it was moved."""

    as_of: str | None = None
    created_from: MonthDay | None = None
    stars: int | None = None
    silent_since: MonthDay | None = None
    group: str = "all:all"


@dataclass(frozen=True, slots=True)
class ChangesView:
    """Two landscapes that are compared, and an earlier publication."""

    before: MonthDay | None = None
    after: MonthDay | None = None
    profile: str | None = None
    profile_before: str | None = None
    kind: tuple[str, ...] = ()
    earlier: str | None = None


@dataclass(frozen=True, slots=True)
class StoryView:
    """The story: one page without choices."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A view from a URL, and what of the URL it could not keep.

    Attributes
    ----------
    view
        With defaults where a value was dropped.
    dropped
        ``key=value`` of each value that does not exist, is repeated, or is one too many; in the order of the URL.
    """

    view: Any
    dropped: tuple[str, ...] = field(default=())


View = TypeVar("View")


def decode(view_type: type[View], query: Mapping[str, Sequence[str]], choices: Choices) -> Opened:
    """Read a view from the query of a URL.

    Parameters
    ----------
    view_type
        The page's view.
    query
        Key → values, as often as the URL has them.
    choices
        Field → values that exist, or what says which exist in a view of the other fields, where that depends on them;
        fields that are not named may have any value of their type.
    """
    kept: dict[str, object] = {}
    left_out: dict[str, list[str]] = {}
    # What depends on other fields is read after them.
    for key, (adapter, is_list, most) in sorted(
        _adapters(cast("type", view_type)).items(),
        key=lambda item: callable(choices.get(item[0])),
    ):
        known = choices.get(key)
        exist = known(view_type(**kept)) if callable(known) else known
        found, left_out[key] = _found(query.get(key, ()), adapter, exist, most)
        if found:
            kept[key] = tuple(found) if is_list else found[0]
    _language, left_out[LANGUAGE_KEY] = _found(query.get(LANGUAGE_KEY, ()), _TEXT, LANGUAGES, 1)
    dropped = [f"{key}={value}" for key, values in query.items() for value in left_out.get(key, values)]
    return Opened(view_type(**kept), tuple(dropped))


_TEXT: TypeAdapter[str] = TypeAdapter(str)


def _found(
    values: Sequence[str], adapter: TypeAdapter[Any], known: Collection[object] | None, most: int
) -> tuple[list[object], list[str]]:
    """The values of a field that exist, each once and no more than it takes, and those that are left out."""
    found: list[object] = []
    left_out = []
    for value in values:
        parsed = _parsed(adapter, value) if value else None
        if (
            parsed is None
            or (known is not None and parsed not in known)
            or parsed in found
            or len(found) == most
        ):
            left_out.append(value)
        else:
            found.append(parsed)
    return found, left_out


def encode(view: Any) -> dict[str, list[str]]:
    """Write a view as the query of a URL; what is as by default is left out."""
    query = {}
    for one in fields(view):
        value = getattr(view, one.name)
        if value != one.default:
            values = value if isinstance(value, tuple) else (value,)
            query[one.name] = [_written(item) for item in values]
    return query


def _written(value: object) -> str:
    return str(Month.of(value)) if isinstance(value, date) else str(value)


def _parsed(adapter: TypeAdapter[Any], text: str) -> object:
    try:
        return adapter.validate_strings(text)
    except ValidationError:
        return None


@cache
def _adapters(view_type: type) -> dict[str, tuple[TypeAdapter[Any], bool, int]]:
    """Field → how one value of it is read, whether it is a list, and how many values it takes."""
    adapters = {}
    for name, hint in get_type_hints(view_type, include_extras=True).items():
        bounds = hint.__metadata__ if get_origin(hint) is Annotated else ()
        bare = hint.__origin__ if bounds else hint
        if get_origin(bare) is tuple:
            most = next((one.count for one in bounds if isinstance(one, AtMost)), sys.maxsize)
            adapters[name] = (TypeAdapter(bare.__args__[0]), True, most)
        else:
            adapters[name] = (TypeAdapter(hint), False, 1)
    return adapters
