"""Where the console script begins: a run can be stopped from its first moment on.

Belongs here: what must happen before anything heavy is imported. Must not: commands; those are in ``cli``.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

STOPPED = 130
_SHOW_CURSOR = b"\x1b[?25h"
_MESSAGE = b"error: stopped; nothing is lost\nWhat to do: run the same command again\n"


def stop_at_once(_number: int, _frame: FrameType | None) -> None:
    """Leave the way a killed process does, with a word to the person.

    Every step can be killed at any moment, and the kernel frees the writer's lock. Raising here instead would
    surface in the middle of a library that holds locks of its own, and hang.
    """
    if os.isatty(2):
        os.write(2, _SHOW_CURSOR)
    os.write(2, _MESSAGE)
    os._exit(STOPPED)


def main() -> None:
    """Install the handlers, then run the command line."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop_at_once)
    from pipelines.cli.app import main as run_command_line  # noqa: PLC0415 - imports take a second

    run_command_line()
