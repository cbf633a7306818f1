"""`make bench`: every bench, or those that are named: ``python -m tests.bench ingest app``.

It imports none of them itself. A process that is started for a measurement imports the main module of the one that
starts it; a main module that is heavy would be measured along with a worker that has to start.
"""

from __future__ import annotations

import sys
from importlib import import_module

from tests.bench.machine import in_own_process

NAMES = ("ingest", "landscape", "exploration", "edges", "openrank", "app")


def run(name: str) -> None:
    """Run the bench of that name, which prints its table."""
    import_module(f"tests.bench.{name}").main()


if __name__ == "__main__":
    for name in sys.argv[1:] or NAMES:
        in_own_process(run, name)
