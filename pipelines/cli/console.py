"""How every command speaks to the person, and waits for its turn to write."""

from __future__ import annotations

import shlex
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from pipelines.redaction import redacted
from pipelines.warehouse.lock import Holder, writer_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pipelines.settings import Settings

out = Console()
err = Console(stderr=True)

Wait = Annotated[float, typer.Option("--wait", help="Seconds to wait while another run is writing.", min=0)]


def say(text: str) -> None:
    """Write a line for the person, as it is: no markup, no line breaks that would split a path."""
    out.print(redacted(text), markup=False, highlight=False, soft_wrap=True)


def tell(text: str) -> None:
    """Write a line about the work to standard error."""
    err.print(redacted(text), markup=False, highlight=False, soft_wrap=True)


def command_line() -> str:
    """How this process was started, for others that wait for it."""
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])


@contextmanager
def writing(settings: Settings, now: datetime, wait_seconds: float) -> Iterator[None]:
    """Hold the writer's lock; whoever waits for it is told for whom.

    Raises
    ------
    BusyError, StorageError
        As `writer_lock`.
    """

    def on_wait(holder: Holder) -> None:
        tell(f"Waiting up to {wait_seconds:g} s: another run is writing: {holder}")

    with writer_lock(
        settings.warehouse_dir, command=command_line(), now=now, wait_seconds=wait_seconds, on_wait=on_wait
    ):
        yield
