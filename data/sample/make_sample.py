"""Make `sample.zip`: a small mirror of the upstreams, in their own layout.

The series, the observations and the edges are copied byte for byte. The list of exported repositories is
derived from the series that are there. The archive hours are simulated: for each published collaboration
edge, ``round(shared people / 10)`` simulated people each work in its two repositories and nowhere else. Two
runs over the same folder give the same bytes.

Run it from the checkout: ``.venv/bin/python data/sample/make_sample.py --shared ../shared/data``
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pipelines.floor.files import write_whole
from pipelines.floor.periods import Hour

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SIMULATED_IDS_FROM = 10**15
"""Where the ids of simulated people and events begin, and of repositories whose own id is unknown."""

PEOPLE_PER_SIMULATED_PERSON = 10
DAY_START = datetime(2025, 4, 30, tzinfo=UTC)
SECONDS_OF_DAY = 24 * 60 * 60

EDGES_FILE = "landscape_2025-05_shared_developers.csv"
REPOSITORIES_FILE = "github_repositories.csv"
COPIED_FILES = {
    "opendigger_series_extent.csv": "opendigger/series_extent.csv",
    REPOSITORIES_FILE: f"reference/{REPOSITORIES_FILE}",
    "github_stars_monthly.csv": "reference/github_stars_monthly.csv",
    EDGES_FILE: f"reference/{EDGES_FILE}",
    "opendigger_openrank_2025-05_2026-07.csv": "reference/opendigger_openrank_2025-05_2026-07.csv",
    "github_counts/true_counts_monthly_2026.csv": "reference/github_counts_monthly_2026.csv",
    "github_counts/true_counts_windows_2022-2026.csv": "reference/github_counts_windows.csv",
}
FACTS = {
    "as_of": "2025-04-30",
    "as_of_month": "2025-04",
    "retrieved_at": "2025-10-05T00:00:00Z",
    "first_hour": "2025-04-30T00",
    "last_hour": "2025-04-30T23",
    "note": "Series and reference tables are real; the 24 archive hours are simulated. See README.md.",
}

# Which share of the simulated events has which type, in twentieths; about as GitHub's own mix of these five.
TYPE_BY_DRAW = (
    ["IssueCommentEvent"] * 8
    + ["PullRequestEvent"] * 5
    + ["PullRequestReviewEvent"] * 3
    + ["IssuesEvent"] * 2
    + ["PullRequestReviewCommentEvent"] * 2
)
# One event in each repository makes a shared person; a second one for some keeps activity from being uniform.
SECOND_EVENT_EVERY = 4

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository as the archive names it."""

    repo_id: int
    full_name: str


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a simulated person does in a repository; `draw` decides what it looks like."""

    person: int
    repository: Repository
    draw: int


def main() -> None:
    """Write the archive and say what it holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, required=True, help="folder of the collected upstream files")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("sample.zip"))
    arguments = parser.parse_args()
    content = build(arguments.shared)
    write_whole(arguments.output, [content])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        print(f"{arguments.output}: {len(content):,} bytes, {len(archive.namelist()):,} members")


def build(shared: Path) -> bytes:
    """The archive made from the folder `shared`."""
    copied = copied_members(shared)
    repo_list = export_list(copied, _records(shared / REPOSITORIES_FILE))
    members = {**copied, "opendigger/repo_list.csv": repo_list, **simulated_members(shared)}
    sha256_by_member = {name: hashlib.sha256(members[name]).hexdigest() for name in sorted(members)}
    facts = json.dumps({**FACTS, "members": sha256_by_member}, indent=1)
    return zipped({**members, "sample.json": facts.encode()})


def copied_members(shared: Path) -> dict[str, bytes]:
    """Every member that is a collected file, unchanged."""
    series = (shared / "opendigger" / "github").rglob("*.json")
    members = {path.relative_to(shared).as_posix(): path.read_bytes() for path in series}
    return members | {member: (shared / name).read_bytes() for name, member in COPIED_FILES.items()}


def export_list(members: Iterable[str], observations: Iterable[Mapping[str, str]]) -> bytes:
    """OpenDigger's list of what it exports, for the series among `members`; an unknown id stays empty."""
    ids = {row["full_name"]: row["repo_id"] for row in observations if row["repo_id"]}
    paths = [PurePosixPath(member) for member in members if member.startswith("opendigger/github/")]
    names = sorted({path.parent.relative_to("opendigger/github").as_posix() for path in paths})
    lines = ["id,platform,repo_name", *(f"{ids.get(name, '')},github,{name}" for name in names)]
    return "".join(f"{line}\n" for line in lines).encode()


def simulated_members(shared: Path) -> dict[str, bytes]:
    """The 24 hour files of the archive."""
    edges = _records(shared / EDGES_FILE)
    repositories = repositories_of(edges, _records(shared / REPOSITORIES_FILE))
    actions = sorted(actions_of(edges, repositories), key=lambda action: action.draw)
    events = [event(number, len(actions), action) for number, action in enumerate(actions)]
    lines_by_member: dict[str, list[str]] = {
        f"gharchive/{Hour(DAY_START + timedelta(hours=hour)).file_name}": [] for hour in range(24)
    }
    for one in events:
        hour = Hour(datetime.fromisoformat(one["created_at"]))
        line = json.dumps(one, separators=(",", ":"))
        lines_by_member[f"gharchive/{hour.file_name}"].append(f"{line}\n")
    return {name: gzipped("".join(lines).encode()) for name, lines in lines_by_member.items()}


def repositories_of(
    edges: Sequence[Mapping[str, str]], observations: Sequence[Mapping[str, str]]
) -> dict[str, Repository]:
    """The repositories of the edges by name, with their real id where an observation has it."""
    known = {row["full_name"]: int(row["repo_id"]) for row in observations if row["repo_id"]}
    names = sorted({edge[end] for edge in edges for end in ("repo_a", "repo_b")})
    unknown = [name for name in names if name not in known]
    ids = known | {name: SIMULATED_IDS_FROM + rank for rank, name in enumerate(unknown, start=1)}
    return {name: Repository(ids[name], name) for name in names}


def actions_of(
    edges: Sequence[Mapping[str, str]], repositories: Mapping[str, Repository]
) -> Iterator[Action]:
    """What the simulated people do: each works in the two repositories of one edge."""
    person = 0
    for edge in edges:
        for _ in range(round(int(edge["shared_developers"]) / PEOPLE_PER_SIMULATED_PERSON)):
            person += 1
            for end in ("repo_a", "repo_b"):
                repository = repositories[edge[end]]
                for repeat in range(1 if person % SECOND_EVENT_EVERY else 2):
                    yield Action(person, repository, _draw(f"{person} {repository.full_name} {repeat}"))


def event(number: int, of: int, action: Action) -> Json:
    """The `number`-th event of the day, as GH Archive writes it before October 2025, without texts."""
    created_at = _utc(DAY_START + timedelta(seconds=number * SECONDS_OF_DAY // of))
    login = f"sim-{action.person}"
    person_id = SIMULATED_IDS_FROM + action.person
    repository = action.repository
    user = {"login": login, "id": person_id, "type": "User", "site_admin": False}
    event_type = TYPE_BY_DRAW[action.draw % len(TYPE_BY_DRAW)]
    return {
        "id": str(SIMULATED_IDS_FROM + number),
        "type": event_type,
        "actor": {
            "id": person_id,
            "login": login,
            "display_login": login,
            "gravatar_id": "",
            "url": f"https://api.github.com/users/{login}",
            "avatar_url": f"https://avatars.githubusercontent.com/u/{person_id}?",
        },
        "repo": {
            "id": repository.repo_id,
            "name": repository.full_name,
            "url": f"https://api.github.com/repos/{repository.full_name}",
        },
        "payload": payload(event_type, repository, thread(user, number + 1, created_at), action.draw // 100),
        "public": True,
        "created_at": created_at,
    }


def thread(user: Json, number: int, created_at: str) -> Json:
    """What an issue and a pull request have in common; each event has one of its own."""
    return {
        "id": SIMULATED_IDS_FROM + number,
        "number": number,
        "title": f"Simulated {number}",
        "user": user,
        "labels": [],
        "locked": False,
        "author_association": "CONTRIBUTOR",
        "created_at": created_at,
        "updated_at": created_at,
        "body": None,
    }


def payload(event_type: str, repository: Repository, on: Json, draw: int) -> Json:
    """The payload of one of the five collaboration types, on the thread `on`."""
    remark = {name: on[name] for name in ("id", "user", "created_at", "author_association", "body")}
    commit = _commit(on["number"])
    if event_type == "IssuesEvent":
        is_closed = draw % 3 == 0
        return {"action": "closed" if is_closed else "opened", "issue": _issue(on, is_closed)}
    if event_type == "IssueCommentEvent":
        is_on_pull_request = draw % 10 < 7  # noqa: PLR2004 - about 70 % of comments are on pull requests
        link = {"pull_request": {"url": _pull_url(repository, on), "merged_at": None}}
        issue = _issue(on, is_closed=False) | (link if is_on_pull_request else {})
        return {"action": "created", "issue": issue, "comment": remark}
    if event_type == "PullRequestEvent":
        is_closed = draw % 2 == 0
        pull_request = _pull_request(repository, on, is_closed=is_closed, is_merged=draw % 4 == 0)
        action = "closed" if is_closed else "opened"
        return {"action": action, "number": on["number"], "pull_request": pull_request}
    pull_request = _pull_request(repository, on, is_closed=False, is_merged=False)
    if event_type == "PullRequestReviewEvent":
        review = remark | {
            "commit_id": commit,
            "submitted_at": on["created_at"],
            "state": "approved" if draw % 2 else "commented",
        }
        return {"action": "created", "review": review, "pull_request": pull_request}
    comment = remark | {"commit_id": commit, "pull_request_review_id": on["id"]}
    return {"action": "created", "comment": comment, "pull_request": pull_request}


def _issue(on: Json, is_closed: bool) -> Json:
    return on | {
        "state": "closed" if is_closed else "open",
        "comments": 0,
        "closed_at": on["created_at"] if is_closed else None,
    }


def _pull_request(repository: Repository, on: Json, is_closed: bool, is_merged: bool) -> Json:
    repo = {"id": repository.repo_id, "full_name": repository.full_name}
    return on | {
        "url": _pull_url(repository, on),
        "state": "closed" if is_closed else "open",
        "draft": False,
        "closed_at": on["created_at"] if is_closed else None,
        "merged": is_merged,
        "merged_at": on["created_at"] if is_merged else None,
        "head": {"ref": f"simulated-{on['number']}", "sha": _commit(on["number"]), "repo": repo},
        "base": {"ref": "main", "sha": _commit(0), "repo": repo},
        "comments": 0,
        "review_comments": 0,
        "commits": 1,
        "additions": 10,
        "deletions": 2,
        "changed_files": 1,
    }


def _pull_url(repository: Repository, on: Json) -> str:
    return f"https://api.github.com/repos/{repository.full_name}/pulls/{on['number']}"


def _commit(number: int) -> str:
    return f"{number:040x}"


def _draw(text: str) -> int:
    """A number that looks random and is the same on every machine and Python."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _records(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def gzipped(content: bytes) -> bytes:
    """Compress with no name and no time in the header."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as file:
        file.write(content)
    return buffer.getvalue()


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Pack `members` by name, with one fixed time and mode."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, also where this runs on another system
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, members[name], compresslevel=9)
    return buffer.getvalue()


if __name__ == "__main__":
    main()
