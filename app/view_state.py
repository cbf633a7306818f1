"""What a page shows, as a frozen value, and as the query of a URL.

Belongs here: reading and writing. Must not: widgets, or what the published file holds; the page says which values
exist. Ids in a URL are free of language, so that a link opens the same view for everybody.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, fields
from datetime import date
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast, get_args, get_origin, get_type_hints

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

YEAR_TO_DATE = 0
"""The window of a ranking that begins in January."""

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
    """A ranking: which month, over how many months, of whom.

    Attributes
    ----------
    window
        Months that it covers; 0 covers January to the month, whichever month that is.
    """

    as_of: MonthDay | None = None
    window: int = YEAR_TO_DATE
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


class Cause(Enum):
    """Why a value of a link cannot be kept."""

    NO_SETTING = "the page has no setting of this name"
    EMPTY = "it is empty"
    UNREADABLE = "it is not written as values of the setting are"
    OUTSIDE = "it lies before the first or after the last value that exists"
    UNKNOWN = "no such value exists"
    RULED_OUT = "it exists, if at all, with other choices than the link has"
    REPEATED = "the link has it twice"
    TOO_MANY = "the setting takes no more values"


@dataclass(frozen=True, slots=True)
class Dropped:
    """A value of a link that the view could not keep.

    Attributes
    ----------
    key, value
        As the link has them.
    cause
        Why.
    detail
        The first and the last value for `Cause.OUTSIDE`, the number of values for `Cause.TOO_MANY`, the type for
        `Cause.UNREADABLE`.
    """

    key: str
    value: str
    cause: Cause
    detail: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


@dataclass(frozen=True, slots=True)
class Opened:
    """A view from a URL, and what of the URL it could not keep.

    Attributes
    ----------
    view
        With defaults where a value was dropped.
    dropped
        In the order of the URL.
    """

    view: Any
    dropped: tuple[Dropped, ...] = field(default=())


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
    left_out: dict[str, list[Dropped]] = {}
    # What depends on other fields is read after them.
    for key, one in sorted(
        _settings(cast("type", view_type)).items(),
        key=lambda item: callable(choices.get(item[0])),
    ):
        known = choices.get(key)
        exist = known(view_type(**kept)) if callable(known) else known
        missing = Cause.RULED_OUT if callable(known) else Cause.UNKNOWN
        found, left_out[key] = _found(key, query.get(key, ()), one, exist, missing)
        if found:
            kept[key] = tuple(found) if one.is_list else found[0]
    languages = query.get(LANGUAGE_KEY, ())
    _language, left_out[LANGUAGE_KEY] = _found(LANGUAGE_KEY, languages, _LANGUAGE, LANGUAGES, Cause.UNKNOWN)
    dropped = [
        one
        for key, values in query.items()
        for one in left_out.get(key, [Dropped(key, value, Cause.NO_SETTING) for value in values])
    ]
    return Opened(view_type(**kept), tuple(dropped))


@dataclass(frozen=True, slots=True)
class _Setting:
    """How one value of a field is read, its type, and whether and how many values the field takes."""

    adapter: TypeAdapter[Any]
    kind: type
    is_list: bool
    most: int


_LANGUAGE = _Setting(TypeAdapter(str), str, is_list=False, most=1)


def _found(
    key: str, values: Sequence[str], one: _Setting, known: Collection[object] | None, missing: Cause
) -> tuple[list[object], list[Dropped]]:
    """The values of a field that exist, each once and no more than it takes, and those that are left out."""
    found: list[object] = []
    left_out = []
    for value in values:
        parsed = _parsed(one.adapter, value) if value else None
        if not value:
            why = Dropped(key, value, Cause.EMPTY)
        elif parsed is None:
            why = Dropped(key, value, Cause.UNREADABLE, (one.kind,))
        elif known is not None and parsed not in known:
            why = _missing(key, value, parsed, known, missing)
        elif parsed in found:
            why = Dropped(key, value, Cause.REPEATED)
        elif len(found) == one.most:
            why = Dropped(key, value, Cause.TOO_MANY, (one.most,))
        else:
            found.append(parsed)
            continue
        left_out.append(why)
    return found, left_out


def _missing(key: str, value: str, parsed: Any, known: Collection[Any], cause: Cause) -> Dropped:
    """Why a value is none of those that exist; months and numbers have a first and a last one."""
    ordered = sorted(one for one in known if one is not None)
    if ordered and isinstance(parsed, date | int | float) and not ordered[0] <= parsed <= ordered[-1]:
        return Dropped(key, value, Cause.OUTSIDE, (ordered[0], ordered[-1]))
    return Dropped(key, value, cause)


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
def _settings(view_type: type) -> dict[str, _Setting]:
    """Field → how it is read."""
    settings = {}
    for name, hint in get_type_hints(view_type, include_extras=True).items():
        bounds = hint.__metadata__ if get_origin(hint) is Annotated else ()
        bare = hint.__origin__ if bounds else hint
        if get_origin(bare) is tuple:
            most = next((one.count for one in bounds if isinstance(one, AtMost)), sys.maxsize)
            (kind,) = {*bare.__args__} - {Ellipsis}
            settings[name] = _Setting(TypeAdapter(kind), kind, is_list=True, most=most)
        else:
            kind = next((one for one in (date, bool, int, float) if _holds(bare, one)), str)
            settings[name] = _Setting(TypeAdapter(hint), kind, is_list=False, most=1)
    return settings


def _holds(hint: Any, kind: type) -> bool:
    """Whether a type is `kind`, or a union with it."""
    return hint is kind or any(_holds(one, kind) for one in get_args(hint))
