"""The line of argument of the May 2025 report, section by section, in our own words.

Belongs here: the order, the paragraphs, and the trend of each. Must not: a number that can change: the published
file has those, and the seeds what was printed.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import marked


@dataclass(frozen=True, slots=True)
class Section:
    """A step of the argument.

    Attributes
    ----------
    title
        To translate.
    paragraphs
        To translate.
    presets
        Trends drawn with it, as in `app.presets`.
    """

    title: str
    paragraphs: tuple[str, ...]
    presets: tuple[str, ...] = ()


SECTIONS: dict[str, Section] = {
    "landscape": Section(
        marked("The landscape and its rule"),
        (
            marked(
                "The report begins with a few well-known projects and follows the people: where else do those who work"
                " on them open issues, review and send changes? What they reach is a candidate, and stays in the"
                " landscape if its mean OpenRank of the year is above the line. Sorted by what they are for, the"
                " members fill an application layer and an infrastructure layer."
            ),
            marked(
                "A longer story lies behind it: measured by OpenRank, artificial intelligence grew from a small"
                " field into one of the largest of open source. When exactly it passed front end and cloud native"
                " depends on which repositories are counted, and the report does not list its own."
            ),
        ),
        ("areas",),
    ),
    "leaders": Section(
        marked("Who leads"),
        (
            marked(
                "The top of the ranking mixes generations: a training framework of a decade, an inference engine two"
                " years old, a workflow platform, a search engine that was there before, and the tool with which many"
                " people first ran a model at home. Stars tell another order: they count glances, OpenRank counts work."
            ),
        ),
    ),
    "movers": Section(
        marked("Who rises and who falls"),
        (
            marked(
                "Within a year the weight moved from libraries for building with models to engines for running them and"
                " to platforms in which nobody has to program. A change can only be stated where both years were"
                " retrieved; a project that did not exist yet counts as zero, one whose series is missing does not."
            ),
        ),
    ),
    "serving": Section(
        marked("Serving"),
        (
            marked(
                "Serving is the most contested domain. vLLM grows steadily after a flat end of 2024, SGLang follows"
                " close behind and shares more people with it than any other two projects; Ollama and llama.cpp hold"
                " the desktop. A single release can lift a small project for a month: KTransformers shows how far."
            ),
            marked(
                "How large a community is depends on what is counted. The report prints three different sizes for vLLM"
                " and says of none how it was counted; all three are shown here."
            ),
        ),
        ("serving",),
    ),
    "agents": Section(
        marked("Agents and coding"),
        (
            marked(
                "LangChain opened the field and lost most of its activity again; Dify overtook it and kept growing. In"
                " coding the turnover is faster still: every season has its own favourite, and many of the last one's"
                " are already fading."
            ),
            marked(
                "The report states how whole domains grew, but not over which projects. Here only a part of them has"
                " both years, so that our figure neither confirms nor refutes the printed one."
            ),
        ),
        ("agent-frameworks", "ai-coding", "fading-coding", "ai-search"),
    ),
    "data": Section(
        marked("Data and vector stores"),
        (
            marked(
                "Vector databases had their rush of stars in the spring of 2023 and have worked on without the noise"
                " since. Among lake formats Iceberg leads. Catalogs are where the report expects the next upset; the"
                " months up to the landscape do not show one yet."
            ),
        ),
        ("vector-stars", "vector-openrank", "lake-formats", "catalogs"),
    ),
    "training": Section(
        marked("Training frameworks"),
        (
            marked(
                "PyTorch and TensorFlow changed places in 2020, and the distance has grown since. The other frameworks"
                " live beside PyTorch rather than against it."
            ),
        ),
        ("training",),
    ),
    "network": Section(
        marked("The core of the network"),
        (
            marked(
                "Two projects are joined where at least twenty people are active in both. Who is in the middle"
                " depends on the measure: the report names PyTorch, by the number of neighbours it is vLLM. Data"
                " projects of an earlier generation are at the edge."
            ),
        ),
    ),
    "graveyard": Section(
        marked("The graveyard"),
        (
            marked(
                "Some projects drew ten thousand stars within weeks and fell silent within a year. The report lists"
                " them, with a rule that not all of its own entries keep; the second edition names who may"
                " follow."
            ),
        ),
    ),
}
"""Section in the seeds → what the page tells, in order."""
