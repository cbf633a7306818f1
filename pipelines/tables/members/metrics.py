"""Definitions of the metrics of members."""

from __future__ import annotations

from pipelines.metrics.metric import Example, Metric, derived

_OPENRANK = ("openrank",)

METRICS: tuple[Metric, ...] = (
    derived(
        "membership",
        ("Membership", "入选"),
        "yes, no, unknown",
        "the profile's: January to the as-of month, or the latest month",
        "Whether a project belongs to the landscape by a profile's rule, with the reason",
        "openrank_mean against the profile's line: above 10 over the year's complete months, or at least 50 in the"
        " latest month",
        Example(
            "Members, projects that are out, and unknown ones of the labelled 135 in April 2025",
            "SELECT count(*) FILTER (is_member), count(*) FILTER (NOT is_member), count(*) FILTER (is_member IS NULL)"
            " FROM landscape_members JOIN project_domains AS d USING (project_id)"
            " WHERE as_of_month = DATE '2025-04-01' AND profile = 'year-mean-10' AND d.assignment = 'curated'",
            "131, 1, 3",
        ),
        rests_on=_OPENRANK,
        caveats=(
            "A project without a series is unknown, neither in nor out.",
            "A mean that rests on a nowcast has a probability; between the two sure sides it decides nothing.",
            "Near the line the rounding of the inputs decides: the watch list names who stands there.",
        ),
        thresholds=("watch_list_width_ratio", "watch_list_steady_ratio", "verdict_probability"),
        columns=(
            "landscape_members.is_member",
            "landscape_members.reason_code",
        ),
        computed_by="pipelines.landscape.membership:compute_members",
    ),
)
