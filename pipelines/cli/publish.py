"""``landscape publish``: check the build file and publish it again."""

from __future__ import annotations

from datetime import UTC, datetime

from pipelines.cli.console import Wait, say, tell, writing
from pipelines.floor.errors import NotPublishedError
from pipelines.floor.folders import build_command
from pipelines.floor.settings import load_settings
from pipelines.publish import publish as publish_build
from pipelines.warehouse.connection import build_file, open_build


def publish(wait: Wait = 600) -> None:
    """Check the build file and publish it again, for instance after a full disk.

    Replaces the published file in one rename and keeps the last three different snapshots.

    Example: landscape publish
    """
    settings = load_settings()
    if not build_file(settings.warehouse_dir).exists():
        raise NotPublishedError(
            "there is no build file to publish",
            where=str(build_file(settings.warehouse_dir)),
            hint=f"run `{build_command(settings.data_dir)}` first",
        )
    with writing(settings, datetime.now(UTC), wait), open_build(settings.warehouse_dir) as connection:
        publication = publish_build(connection, settings.public_dir)
    if publication.remark:
        tell(publication.remark)
    say(f"Published snapshot {publication.snapshot_id} at {publication.path}")
