"""``landscape publish``: check the build file and publish it again."""

from __future__ import annotations

from datetime import UTC, datetime

from pipelines.cli.console import Accept, Wait, say, tell, writing
from pipelines.floor.errors import NotPublishedError
from pipelines.floor.folders import build_command
from pipelines.floor.settings import load_settings
from pipelines.publish import publish as publish_build
from pipelines.warehouse.connection import build_file, open_build


def publish(*, accept: Accept = None, wait: Wait = 600) -> None:
    """Check the build file and publish it, for instance after a full disk, or although something gets worse.

    Replaces the published file in one rename and keeps the last three different snapshots. A file that lacks what
    the last one had (members, values, months) is refused with exit code 11, unless you accept it with a note.

    Example: landscape publish --accept "OpenDigger computes OpenRank anew since January"
    """
    settings = load_settings()
    if not build_file(settings.warehouse_dir).exists():
        raise NotPublishedError(
            "there is no build file to publish",
            where=str(build_file(settings.warehouse_dir)),
            hint=f"run `{build_command(settings.data_dir)}` first",
        )
    with writing(settings, datetime.now(UTC), wait), open_build(settings.warehouse_dir) as connection:
        publication = publish_build(connection, settings.public_dir, acceptance=accept)
    for remark in publication.remarks:
        tell(remark)
    say(f"Published snapshot {publication.snapshot_id} at {publication.path}")
