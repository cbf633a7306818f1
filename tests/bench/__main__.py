"""`make bench`: every bench, or those that are named: ``python -m tests.bench ingest app``.

It imports none of them itself. A process that is started for a measurement imports the main module of the one that
starts it; a main module that is heavy would be measured along with a worker that has to start.
"""

from __future__ import annotations

import sys

from tests.bench.benches import NAMES, run
from tests.bench.machine import in_own_process

if __name__ == "__main__":
    for name in sys.argv[1:] or NAMES:
        in_own_process(run, name)
