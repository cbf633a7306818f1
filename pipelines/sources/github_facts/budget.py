"""What is left of GitHub's two hourly limits, requests and points, and when to stop.

Belongs here: the limits as answers name them. Must not: a request.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from pipelines.sources.github.budget import nearly_used_up

if TYPE_CHECKING:
    from pipelines.sources.answer import Headers

RESERVED = 20
"""Requests and points left for the daily observation with the same token."""


class _Points(msgspec.Struct, rename="camel"):
    remaining: int
    reset_at: datetime


class Budget:
    """Both limits as the newest answers name them; without an answer, nothing is known and nothing forbidden."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._requests: tuple[int, datetime | None] | None = None
        self._points: tuple[int, datetime | None] | None = None

    def note_requests(self, headers: Headers) -> None:
        """Take in what an answer over REST says."""
        remaining, reset = (headers.get(f"X-RateLimit-{name}", "") for name in ("Remaining", "Reset"))
        if remaining.isdecimal():
            reset_at = datetime.fromtimestamp(int(reset), UTC) if reset.isdecimal() else None
            self._requests = int(remaining), reset_at

    def note_points(self, content: bytes) -> None:
        """Take in ``rateLimit`` of an answer over GraphQL; anything else says nothing."""
        try:
            points = msgspec.json.decode(content, type=_Points)
        except ValueError:
            return
        self._points = points.remaining, points.reset_at

    def check_requests(self) -> None:
        """Refuse another request over REST.

        Raises
        ------
        RateLimitedError
            When fewer than `RESERVED` are left.
        """
        self._check(self._requests, "requests")

    def check_points(self) -> None:
        """Refuse another query.

        Raises
        ------
        RateLimitedError
            When fewer than `RESERVED` points are left.
        """
        self._check(self._points, "points")

    def _check(self, limit: tuple[int, datetime | None] | None, unit: str) -> None:
        if limit is None or limit[0] >= RESERVED:
            return
        remaining, reset_at = limit
        raise nearly_used_up(
            f"{remaining} {unit} are left", "lists are not read to their end yet", reset_at, self._url
        )
