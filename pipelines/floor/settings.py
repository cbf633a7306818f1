"""Settings from the environment: the only reader of it.

Belongs here: names, defaults and meaning of an operator's settings. Must not: anything that a field of
study decides (that is curated in ``seeds/``) or that a command line argument decides.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Mapping, Sequence  # noqa: TC003 - pydantic reads annotations
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, HttpUrl, SecretStr, TypeAdapter, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipelines.floor.errors import LandscapeError
from pipelines.floor.redaction import keep_secret, redact_logs

if TYPE_CHECKING:
    from pydantic_settings import PydanticBaseSettingsSource

CHECKOUT = Path(__file__).resolve().parents[2]
"""The folder that holds ``seeds/`` and ``data/sample/``; the package is installed from it, editable."""

_URL = TypeAdapter(HttpUrl)
_SOURCE_VARIABLE = re.compile(r"LANDSCAPE_(?P<name>\w+)_(?P<kind>URL|TOKEN)")
_TOKEN = re.compile(r"[!-~]+")


def _checked_url(secret: SecretStr) -> SecretStr:
    """Check that it is an http(s) URL and drop its final slash; its password becomes a secret."""
    text = secret.get_secret_value().strip().rstrip("/")
    try:
        url = _URL.validate_python(text)
    except ValidationError:
        raise ValueError("this is no http or https address") from None  # the cause quotes the value
    if url.password:
        keep_secret(url.password)
    if url.query is not None or url.fragment is not None:
        raise ValueError("a base address holds no ? and no #: paths are added to its end")
    return SecretStr(text)


def _checked_token(secret: SecretStr) -> SecretStr:
    """Check that it can be sent in a header; white space around it, such as a file's last line break, is dropped."""
    token = secret.get_secret_value().strip()
    keep_secret(token)
    if _TOKEN.fullmatch(token) is None:
        raise ValueError(
            "a token is one word of Latin letters, digits and signs; this one holds white space, such as a line"
            " break, or another character"
        )
    return SecretStr(token)


def _without_empty(tokens: Mapping[str, SecretStr | str]) -> dict[str, SecretStr | str]:
    """An empty variable means that there is no token."""
    texts = {name: t if isinstance(t, str) else t.get_secret_value() for name, t in tokens.items()}
    return {name: tokens[name] for name, text in texts.items() if text.strip()}


BaseUrl = Annotated[SecretStr, AfterValidator(_checked_url)]
"""A secret, since it may hold a password; `pipelines.sources.connect` takes that out."""

ApiToken = Annotated[SecretStr, AfterValidator(_checked_token)]
AbsolutePath = Annotated[Path, AfterValidator(Path.absolute)]


class DataProfile(StrEnum):
    """Where a refresh reads from."""

    SAMPLE = "sample"
    LIVE = "live"


DATA_DIRS = {
    DataProfile.SAMPLE: CHECKOUT / "data" / "built_sample",
    DataProfile.LIVE: CHECKOUT / "data" / "live",
}
"""The data folder of each profile, unless LANDSCAPE_DATA_DIR names another."""


class Settings(BaseSettings):
    """The settings of an operator, each as ``LANDSCAPE_<NAME>``; the data profile as ``LANDSCAPE_PROFILE``."""

    model_config = SettingsConfigDict(
        env_prefix="LANDSCAPE_", frozen=True, extra="forbid", validate_by_name=True
    )

    data_profile: DataProfile = Field(
        default=DataProfile.SAMPLE,
        validation_alias="LANDSCAPE_PROFILE",
        description="`sample` reads the committed sample, `live` the upstreams.",
    )

    urls: Mapping[str, BaseUrl] = Field(
        default={},
        description="Base URL by name, from ``LANDSCAPE_<NAME>_URL``; the sources declare names and defaults.",
    )
    tokens: Annotated[Mapping[str, ApiToken], BeforeValidator(_without_empty)] = Field(
        default={},
        description="Token by name, from ``LANDSCAPE_<NAME>_TOKEN``; read here only and never written anywhere.",
    )
    data_dir: AbsolutePath = Field(
        default_factory=lambda set_before: DATA_DIRS[set_before["data_profile"]],
        description="Folder for bronze, warehouse and published files.",
    )
    seeds_dir: AbsolutePath = Field(
        default=CHECKOUT / "seeds", description="Folder of curated YAML that defines the field."
    )
    workers: int = Field(
        default_factory=lambda: min(os.cpu_count() or 1, 4),
        ge=1,
        description="Processes that read hour files of GH Archive at the same time; each takes 0.3 GB.",
    )

    def with_profile(self, data_profile: DataProfile) -> Settings:
        """The same settings for another data profile; the data folder follows unless it was set."""
        return type(self)(**self.model_dump(exclude_unset=True) | {"data_profile": data_profile})

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[Any, ...]:
        """Read the environment, and in it the addresses and tokens of all sources."""
        return init_settings, env_settings, _source_settings

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

    @property
    def dagster_dir(self) -> Path:
        """What Dagster remembers of runs, schedules and sensors."""
        return self.data_dir / ".dagster"


def _source_settings() -> dict[str, dict[str, str]]:
    """The sources' settings in the environment, which this module need not know."""
    found: dict[str, dict[str, str]] = {"urls": {}, "tokens": {}}
    for variable, value in os.environ.items():
        match = _SOURCE_VARIABLE.fullmatch(variable.upper())
        if match is not None:
            found[f"{match['kind'].lower()}s"][match["name"].lower()] = value
    return found


def load_settings() -> Settings:
    """Read the settings once, at an entry point.

    Raises
    ------
    LandscapeError
        If a variable does not parse; the message names it, never its value.
    """
    redact_logs()
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(
            f"{_variable(item['loc'])}: {item['msg'].removeprefix('Value error, ')}"
            for item in error.errors()
            if item["type"] != _FOLLOWS_FROM_ANOTHER
        )
        raise LandscapeError(
            problems, where="environment", hint="correct or unset the variable; `landscape --help` lists them"
        ) from None


def unknown_variables(known: Iterable[str]) -> list[str]:
    """Sentences about variables of the environment that no setting has the name of, such as a misspelt one.

    Parameters
    ----------
    known
        Variables that the sources declare.
    """
    fields = {
        field.validation_alias or f"LANDSCAPE_{name.upper()}" for name, field in Settings.model_fields.items()
    }
    names = {str(name) for name in fields - {"LANDSCAPE_URLS", "LANDSCAPE_TOKENS"}} | {_DAGSTER, *known}
    endings = sorted(name.removeprefix(_PREFIX) for name in names)
    sentences = []
    for name in sorted(name for name in os.environ if name.upper().startswith(_PREFIX)):
        if name.upper() not in names:
            close = difflib.get_close_matches(name.upper().removeprefix(_PREFIX), endings, n=1)
            meant = f"; did you mean {_PREFIX}{close[0]}?" if close else ", and is ignored"
            sentences.append(f"{name} is no setting of this program{meant}")
    return sentences


_PREFIX = "LANDSCAPE_"
_DAGSTER = "LANDSCAPE_DAGSTER_STORAGE"
"""Read by ``dagster.yaml`` alone."""


def wanted_profile() -> DataProfile:
    """The data profile of the environment; the sample if it names none, or an unknown one."""
    try:
        return DataProfile(os.environ.get("LANDSCAPE_PROFILE", DataProfile.SAMPLE))
    except ValueError:
        return DataProfile.SAMPLE


_FOLLOWS_FROM_ANOTHER = "default_factory_not_called"
"""Pydantic's word for a default that could not be found since another variable is wrong."""


def _variable(location: Sequence[str | int]) -> str:
    """The environment variable of a field, or of an entry of `urls` or `tokens`."""
    kind = {"urls": "_URL", "tokens": "_TOKEN"}.get(str(location[0]))
    name = str(location[0] if kind is None else location[1])
    return f"LANDSCAPE_{name.upper().removeprefix('LANDSCAPE_')}" + (kind or "")
