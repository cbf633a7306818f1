"""No secret in any output, log line or file, after any answer of an upstream."""

from __future__ import annotations

import base64
import json
import logging
import re
from typing import TYPE_CHECKING

import polars as pl
import pytest
import stamina
from werkzeug import Request, Response

from pipelines.cli.app import COMMANDS
from pipelines.floor.errors import LandscapeError
from pipelines.floor.settings import Settings, load_settings
from pipelines.sources.registry import variables
from tests.command import call_landscape
from tests.fields import project, projects_file, write_field

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_httpserver import HTTPServer

TOKEN = "ghp_SECRETSECRET123"  # noqa: S105
PASSWORD = "Wort-4711%2Fgeheim"  # noqa: S105
SPELLINGS = (TOKEN, PASSWORD, "Wort-4711/geheim", base64.b64encode(b"operator:Wort-4711/geheim").decode())

ARGUMENTS = {
    "events fetch": ["--from", "2025-03-02T00", "--to", "2025-03-02T01"],
    "query": ["SELECT 1"],
    "compare": ["vllm", "ollama"],
    "network ego": ["--project", "vllm"],
    "network export": ["--format", "json"],
    "explain": ["--repo", "vllm", "--month", "2025-03"],
    "activity": ["--month", "2025-03", "--out", "activity.parquet"],
    "openrank": ["--activity", "activity.parquet", "--out", "openrank.parquet"],
    "classify": ["repositories.csv"],
}
LEAVES_SETTINGS_ALONE = {"dictionary"}
"""It writes the documentation of the checkout."""


@pytest.fixture(autouse=True)
def one_attempt() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture
def upstream(httpserver: HTTPServer) -> HTTPServer:
    """Quotes in each answer what it was sent, as a careless proxy does."""

    def answer(request: Request) -> Response:
        sent = " ".join([request.headers.get("Authorization", ""), *SPELLINGS])
        if "/api/" in request.path:
            return Response(json.dumps({"message": sent}), 403, content_type="application/json")
        if "gharchive" in request.path:
            return Response(f"<html><title>{sent}</title>", content_type="text/html")
        return Response(sent, 418)

    httpserver.expect_request(re.compile(".*")).respond_with_handler(answer)
    return httpserver


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A field of the two projects that `ARGUMENTS` name."""
    entries = [project("vllm", "vllm-project/vllm"), project("ollama", "ollama/ollama")]
    return write_field(tmp_path_factory.mktemp("field") / "seeds", projects_file(entries))


def secret_settings(upstream: HTTPServer, seeds: Path) -> dict[str, str]:
    host = f"http://operator:{PASSWORD}@127.0.0.1:{upstream.port}"
    addresses = {name: f"{host}/{name}" for name in variables() if name.endswith("_URL")}
    addresses["LANDSCAPE_GITHUB_API_URL"] = f"{host}/api"
    addresses["LANDSCAPE_GHARCHIVE_URL"] = f"{host}/gharchive"
    fixed = {"LANDSCAPE_PROFILE": "live", "LANDSCAPE_SEEDS_DIR": str(seeds)}
    return fixed | {"LANDSCAPE_GITHUB_TOKEN": f"{TOKEN}\n"} | addresses


def texts_in(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in folder.rglob("*"):
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path, hive_partitioning=False)
            yield path, str(frame.rows()) + str(pl.read_parquet_metadata(path))
        elif path.is_file():
            yield path, path.read_bytes().decode("latin-1")


@pytest.mark.parametrize(
    "command", [name for group in COMMANDS.values() for name in group if name not in LEAVES_SETTINGS_ALONE]
)
def test_no_command_shows_or_stores_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upstream: HTTPServer, seeds: Path, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    finished = call_landscape(
        *command.split(),
        *ARGUMENTS.get(command, []),
        data_dir=tmp_path / "data",
        **secret_settings(upstream, seeds),
    )
    said = finished.stdout + finished.stderr
    assert "Traceback" not in said
    assert "in the seeds" not in said, "correct the field"
    assert not re.search("No such option|Missing|unexpected extra", said), "correct ARGUMENTS"
    for where, text in [("output", said), *texts_in(tmp_path)]:
        assert not [secret for secret in SPELLINGS if secret in text], where


def test_the_password_of_an_address_signs_in_and_the_token_goes_to_github_alone(
    tmp_path: Path, upstream: HTTPServer, seeds: Path
) -> None:
    for command in ("events fetch", "repositories fetch", "metrics fetch"):
        call_landscape(
            *command.split(),
            *ARGUMENTS.get(command, []),
            data_dir=tmp_path,
            **secret_settings(upstream, seeds),
        )
    sent: dict[str, set[str | None]] = {}
    for request, _ in upstream.log:
        sent.setdefault(request.path.split("/")[1], set()).add(request.headers.get("Authorization"))
    basic = f"Basic {SPELLINGS[-1]}"
    assert sent == {"gharchive": {basic}, "LANDSCAPE_OPENDIGGER_URL": {basic}, "api": {f"Bearer {TOKEN}"}}


@pytest.mark.parametrize("token", ["", " ", "\n", "\t \r\n"], ids=repr)
def test_an_empty_token_is_no_token(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("LANDSCAPE_GITHUB_TOKEN", token)
    assert load_settings().tokens == {}


def test_a_token_read_from_a_file_is_taken_without_its_line_break(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDSCAPE_GITHUB_TOKEN", f" {TOKEN}\r\n")
    assert load_settings().tokens["github"].get_secret_value() == TOKEN


@pytest.mark.parametrize(
    "token", ["ghp_SECRET\nSECRET123", "ghp—SECRETSECRET123", "ghp_SECRET SECRET123", "密钥SECRET"]
)
def test_a_token_that_cannot_be_sent_is_an_error_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("LANDSCAPE_GITHUB_TOKEN", token)
    with pytest.raises(LandscapeError, match="LANDSCAPE_GITHUB_TOKEN: ") as caught:
        load_settings()
    assert "SECRET" not in str(caught.value) + repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("url", ["ftp://me:SECRETPASS@host/", "http://", "me:SECRETPASS@host"])
def test_a_wrong_address_is_named_and_not_quoted(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("LANDSCAPE_OPENDIGGER_URL", url)
    with pytest.raises(LandscapeError, match="LANDSCAPE_OPENDIGGER_URL: ") as caught:
        load_settings()
    assert "SECRETPASS" not in str(caught.value)


def test_settings_show_no_secret_when_printed() -> None:
    settings = Settings(
        urls={"gharchive": f"http://operator:{PASSWORD}@mirror.example/"}, tokens={"github": TOKEN}
    )
    assert not [secret for secret in SPELLINGS if secret in repr(settings) + str(settings)]


def test_log_lines_of_any_library_hold_no_secret(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("LANDSCAPE_GITHUB_TOKEN", TOKEN)
    load_settings()
    logging.getLogger("somebody.else").warning("sent %s to %s", TOKEN, "http://a:b@mirror.example/x")
    assert caplog.messages == ["sent … to http://…@mirror.example/x"]


def test_no_way_of_printing_an_error_shows_a_secret() -> None:
    error = LandscapeError(
        f"sent {TOKEN}", where="http://operator:hunter2@mirror.example/x", hint=f"not {TOKEN}"
    )
    texts = [str(error), repr(error), error.what, error.where, error.hint]
    assert not [text for text in texts if TOKEN in text or "hunter2" in text]
