"""The definitions, but their automation looks for changed inputs every five seconds: a daemon of a test need not wait."""

from pipelines.defs import jobs

jobs._SENSOR_SECONDS = 5

from pipelines.definitions import defs  # noqa: E402

__all__ = ["defs"]
