"""Many requests to OpenDigger: one that fails stops no other, and a host that is down is left alone.

Belongs here: the order of requests and when a pull ends early. Must not: Parquet, or the meaning of an answer.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING

from pipelines.floor.errors import SourceError
from pipelines.sources.failures import RateLimitedError
from pipelines.sources.opendigger.client import Series, fetch_series, series_url
from pipelines.sources.opendigger.held import earlier_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from pipelines.sources.connect import Upstreams
    from pipelines.sources.opendigger.due import Plan
    from pipelines.sources.opendigger.held import Held, Request

OUTAGE_FAILURES_COUNT = 10
"""After so many failures in a row the host is taken to be down, and no more is asked of it."""

_REQUESTS_AT_ONCE = 8


@dataclass(slots=True)
class Pull:
    """The requests of one pull.

    Attributes
    ----------
    answers
        By request: one for each planned request, even if it failed or was not made.
    left_count
        Requests that were left out since nothing new was to be expected.
    """

    upstreams: Upstreams
    held: Held
    on_progress: Callable[[int, int], None]
    answers: dict[Request, Series] = field(default_factory=dict)
    left_count: int = 0
    _failures_in_a_row: int = 0
    _first_error: SourceError | None = None
    _has_ended: bool = False
    _lock: Lock = field(default_factory=Lock)

    def ask(self, requests: Sequence[Request]) -> None:
        """Ask for each of `requests`, in order."""
        months_counts = self.held.months_counts()
        with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
            answers = pool.map(lambda request: self._answer(request, months_counts.get(request)), requests)
            for done, (request, answer) in enumerate(zip(requests, answers, strict=True), start=1):
                self.answers[request] = answer
                self.on_progress(done, len(requests))

    def ask_what_is_due(self, plan: Plan) -> bool:
        """Ask for what `plan` needs, and for the rest unless its probe says that there is no news.

        A probe without a usable answer tells nothing, so the rest is asked for.

        Returns
        -------
        bool
            Whether everything was asked for and nothing of what was held had changed.
        """
        self.leave(plan.remembered)
        self.ask(sorted(plan.needed))
        if plan.probe is not None:
            self.ask([plan.probe])
            if self.answers[plan.probe].status == "unchanged":
                self.leave(plan.after_news)
                return True
        self.ask(sorted(plan.after_news))
        held = plan.after_news if plan.probe is None else plan.after_news | {plan.probe}
        return bool(held) and all(self.answers[request].status == "unchanged" for request in held)

    def leave(self, requests: Collection[Request]) -> None:
        """Take the held answers of `requests` for what OpenDigger would say."""
        for request in requests:
            url = series_url(self.upstreams, *request)
            self.answers[request] = Series(*request, url, "unchanged", detail="not asked: no news")
        self.left_count += len(requests)

    @property
    def has_ended(self) -> bool:
        """Whether the host was left alone before everything was asked for."""
        return self._has_ended

    def raise_first_error(self) -> None:
        """Raise the first failure, if there was one.

        Raises
        ------
        SourceError
            For a pull that is whole or nothing.
        """
        if self._first_error is not None:
            raise self._first_error

    def outage(self) -> SourceError | None:
        """The one error of a pull that ended early or got no usable answer at all; None for any other."""
        statuses = [answer.status for answer in self.answers.values()]
        failed, not_asked = statuses.count("failed"), statuses.count("not_asked")
        answered = len(statuses) - failed - not_asked - self.left_count
        if self._first_error is None or (answered and not not_asked):
            return None
        return SourceError(
            f"OpenDigger gave no usable answer to {failed:,} requests, and {not_asked:,} more were not made:"
            f" {self._first_error.what}",
            where=self._first_error.where,
            hint=f"{answered:,} answers are stored and nothing held is lost; "
            + (self._first_error.hint or "run the same command again later"),
        )

    def _answer(self, request: Request, held_months_count: int | None) -> Series:
        url = series_url(self.upstreams, *request)
        with self._lock:
            if self._has_ended:
                return Series(*request, url, "not_asked", detail="not asked: the pull ended before")
        row = self.held.manifest.get(request)
        if row is None or row["url"] != url or row["status"] == "failed":
            row = None
        is_held = (
            row is not None and row["status"] != "unknown" and row["months_count"] in {0, held_months_count}
        )
        try:
            answer = fetch_series(
                self.upstreams, *request, None if row is None else earlier_answer(row, is_held=is_held)
            )
        except SourceError as error:
            self._failed(error)
            return Series(*request, url, "failed", detail=error.what)
        with self._lock:
            self._failures_in_a_row = 0
        if row is not None and is_held and answer.sha256 is not None and answer.sha256 == row["sha256"]:
            # The same file again. A month that was not over when it first came did not become whole since.
            return replace(answer, status="unchanged")
        return answer

    def _failed(self, error: SourceError) -> None:
        with self._lock:
            self._first_error = self._first_error or error
            self._failures_in_a_row += 1
            if isinstance(error, RateLimitedError) or self._failures_in_a_row >= OUTAGE_FAILURES_COUNT:
                self._has_ended = True
