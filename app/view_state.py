"""What a page shows, as a frozen value, and as the query of a URL.

Belongs here: reading and writing. Must not: widgets, or what the published file holds; the page says which values
exist. Ids in a URL are free of language, so that a link opens the same view for everybody.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast, get_origin, get_type_hints

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from pipelines.periods import Month

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

LANGUAGE_KEY = "lang"
"""The one key that belongs to every page."""


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
    openrank_from: float = 0.0
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
    projects: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
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
    """Some projects side by side: as of which month, and along which axis their months stand."""

    projects: tuple[str, ...] = ()
    as_of: MonthDay | None = None
    align: str = "calendar"


@dataclass(frozen=True, slots=True)
class DataView:
    """The data page: which part of it, and what is looked up there."""

    part: str = "sources"
    metrics: str = ""
    table: str | None = None
    sql: str = ""


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
class Opened:
    """A view from a URL, and what of the URL it could not keep.

    Attributes
    ----------
    view
        With defaults where a value was dropped.
    dropped
        ``key=value`` of each value that is none, in the order of the URL.
    """

    view: Any
    dropped: tuple[str, ...] = field(default=())


View = TypeVar("View")


def decode(
    view_type: type[View], query: Mapping[str, Sequence[str]], choices: Mapping[str, Collection[object]]
) -> Opened:
    """Read a view from the query of a URL.

    Parameters
    ----------
    view_type
        The page's view.
    query
        Key → values, as often as they stand in the URL.
    choices
        Field → values that exist; fields that are not named may have any value of their type.
    """
    adapters = _adapters(cast("type", view_type))
    kept: dict[str, object] = {}
    dropped: list[str] = []
    for key, values in query.items():
        if key == LANGUAGE_KEY:
            continue
        if key not in adapters:
            dropped += [f"{key}={value}" for value in values]
            continue
        adapter, is_list = adapters[key]
        known = choices.get(key)
        found = []
        for value in values if is_list else values[-1:]:
            parsed = _parsed(adapter, value)
            if parsed is None or (known is not None and parsed not in known):
                dropped.append(f"{key}={value}")
            elif parsed not in found:
                found.append(parsed)
        if found:
            kept[key] = tuple(found) if is_list else found[0]
    return Opened(view_type(**kept), tuple(dropped))


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
def _adapters(view_type: type) -> dict[str, tuple[TypeAdapter[Any], bool]]:
    """Field → how one value of it is read, and whether it may have several."""
    hints = get_type_hints(view_type, include_extras=True)
    adapters = {}
    for name, hint in hints.items():
        is_list = get_origin(hint) is tuple
        adapters[name] = (TypeAdapter(hint.__args__[0] if is_list else hint), is_list)
    return adapters
