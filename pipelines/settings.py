"""Settings from the environment: the only reader of it.

Belongs here: names, defaults and meaning of what an operator may set. Must not: anything that a field of
study decides (that is curated in ``seeds/``) or that a command line argument decides.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, HttpUrl, SecretStr, TypeAdapter, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipelines.errors import LandscapeError

CHECKOUT = Path(__file__).resolve().parents[1]
"""The folder that holds ``seeds/`` and ``data/sample/``; the package is installed from it, editable."""

_URL = TypeAdapter(HttpUrl)


def _base_url(text: str) -> str:
    """Check that `text` is an http(s) URL and drop its final slash."""
    _URL.validate_python(text)
    return text.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_base_url)]


class Profile(StrEnum):
    """Where a refresh reads from."""

    SAMPLE = "sample"
    LIVE = "live"


class Settings(BaseSettings):
    """What an operator may set, each as ``LANDSCAPE_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="LANDSCAPE_", frozen=True, extra="forbid")

    gharchive_url: BaseUrl = Field(
        default="https://data.gharchive.org", description="Base URL of the hour files of GH Archive."
    )
    opendigger_url: BaseUrl = Field(
        default="https://oss.open-digger.cn", description="Base URL of OpenDigger's metric files."
    )
    github_api_url: BaseUrl = Field(
        default="https://api.github.com", description="Base URL of the GitHub API."
    )
    github_token: SecretStr | None = Field(
        default=None, description="GitHub token; read from the environment only and never written anywhere."
    )
    data_dir: Path = Field(
        default=CHECKOUT / "data", description="Folder for bronze, warehouse and published files."
    )
    seeds_dir: Path = Field(
        default=CHECKOUT / "seeds", description="Folder of curated YAML that defines the field."
    )
    workers: int = Field(
        default_factory=lambda: min(os.cpu_count() or 1, 4),
        ge=1,
        description="Processes that read hour files of GH Archive at the same time; each takes 0.3 GB.",
    )
    profile: Profile = Field(
        default=Profile.SAMPLE, description="`sample` reads the committed sample, `live` the upstreams."
    )

    @property
    def sample_archive(self) -> Path:
        """The committed sample; it belongs to the checkout, wherever `data_dir` points."""
        return CHECKOUT / "data" / "sample" / "sample.zip"

    @property
    def bronze_dir(self) -> Path:
        """Fact rows as Parquet, their manifest and the quarantine."""
        return self.data_dir / "bronze"

    @property
    def warehouse_dir(self) -> Path:
        """The private build file and the writer's lock."""
        return self.data_dir / "warehouse"

    @property
    def public_dir(self) -> Path:
        """What readers open."""
        return self.data_dir / "public"


def load_settings() -> Settings:
    """Read the settings once, at an entry point.

    Raises
    ------
    LandscapeError
        If a variable does not parse; the message names it, never its value.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        problems = "; ".join(
            f"LANDSCAPE_{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors()
        )
        raise LandscapeError(
            problems, where="environment", hint="correct or unset the variable; `landscape --help` lists them"
        ) from None
    return settings.model_copy(
        update={"data_dir": settings.data_dir.absolute(), "seeds_dir": settings.seeds_dir.absolute()}
    )
