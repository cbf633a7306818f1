"""Prepare a process that reads hours, before its first one.

Belongs here: how such a process begins and ends. Must not: its work, nor anything that imports Polars, which looks
for the number of its threads once, when it is imported.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait


def begin() -> None:
    """Take one thread, leave Ctrl-C to the parent, and never outlive it."""
    os.environ["POLARS_MAX_THREADS"] = "1"  # else each worker takes as many as there are cores
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    """A killed parent does not end its workers, and a worker without a parent would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
