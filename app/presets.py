"""The trends that the report of May 2025 shows, each as a view of the page Trends.

Belongs here: which series, metric and aggregation, as the report draws them. Must not: values.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import marked
from app.view_state import TrendsView


@dataclass(frozen=True, slots=True)
class Preset:
    """A view of the page Trends under a name.

    Attributes
    ----------
    title
        To translate.
    view
        What it shows; its URL is the preset's permalink.
    """

    title: str
    view: TrendsView


PRESETS: dict[str, Preset] = {
    "serving": Preset(
        marked("Serving"),
        TrendsView(
            projects=(
                "vllm",
                "sglang",
                "ollama",
                "llama-cpp",
                "lmdeploy",
                "text-generation-inference",
                "ktransformers",
            ),
            since=2023,
        ),
    ),
    "ai-search": Preset(
        marked("AI search"),
        TrendsView(projects=("searxng", "perplexica", "scira"), period="quarterly"),
    ),
    "ai-coding": Preset(
        marked("AI coding"),
        TrendsView(projects=("continue", "cline", "bolt-new", "openhands", "aider"), period="quarterly"),
    ),
    "fading-coding": Preset(
        marked("Fading coding tools"),
        TrendsView(projects=("cody", "tabby", "pr-agent", "devika", "bloop"), period="quarterly"),
    ),
    "agent-frameworks": Preset(
        marked("Agent frameworks"),
        TrendsView(
            projects=("langchain", "llama-index", "autogen", "crewai", "langgraph", "dify", "ragflow"),
            period="quarterly",
        ),
    ),
    "vector-openrank": Preset(
        marked("Vector databases by OpenRank"),
        TrendsView(
            projects=("milvus", "qdrant", "weaviate", "chroma", "lancedb", "pgvector"), period="quarterly"
        ),
    ),
    "vector-stars": Preset(
        marked("Vector databases by stars"),
        TrendsView(
            projects=("milvus", "qdrant", "weaviate", "chroma", "lancedb", "pgvector"),
            metric="stars",
            period="quarterly",
        ),
    ),
    "lake-formats": Preset(
        marked("Lake formats"),
        TrendsView(projects=("iceberg", "hudi", "paimon", "delta-lake"), period="quarterly"),
    ),
    "catalogs": Preset(
        marked("Catalogs"),
        TrendsView(projects=("datahub", "openmetadata", "gravitino", "unity-catalog"), period="quarterly"),
    ),
    "training": Preset(
        marked("Training frameworks"),
        TrendsView(projects=("pytorch", "tensorflow", "paddle", "jax"), period="annual"),
    ),
    "areas": Preset(
        marked("Five technology areas"),
        TrendsView(
            kind="areas",
            areas=("ai", "cloud_native", "database", "web_frameworks", "operating_system"),
            period="annual",
        ),
    ),
}
"""Preset → view, in the order they are offered; the first is what the page opens on."""
