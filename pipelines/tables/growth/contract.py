"""Contracts of the family growth."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from pipelines.tables import column


class ScopeOpenrankMonthly(dy.Schema):
    """OpenRank of each layer, domain and subdomain month by month, summed over its labelled projects.

    Which projects have a value changes from month to month: compare months only where known_projects_count is near
    existing_projects_count. A month in which none has a value has no row.
    """

    month = column.month("Month", primary_key=True)
    scope = column.one_of(["layer", "domain", "subdomain"], "What is summed over", primary_key=True)
    scope_value = dy.String(primary_key=True, description="English name of the layer, domain or subdomain")
    taxonomy_version = dy.String(description="Taxonomy that scope_value is of")
    openrank_sum = dy.Float64(description="Sum of the month's values")
    openrank_low = dy.Float64(
        description="Sum of the lower ends of their intervals, as if all nowcasts erred the same way: at least 80 %"
    )
    openrank_high = dy.Float64(description="Sum of the upper ends")
    projects_count = column.count("Projects with a value")
    known_projects_count = column.count("Projects with a value, or without activity in a retrieved month")
    existing_projects_count = column.count("Labelled projects that were created by the month")
    nowcast_projects_count = column.count("Projects whose value is a nowcast")

    @dy.rule()
    def sum_is_inside_its_interval(cls) -> pl.Expr:
        """The sum lies between the sums of the ends."""
        return pl.col("openrank_sum").is_between("openrank_low", "openrank_high")


class DomainGrowth(dy.Schema):
    """OpenRank of each domain from January to the as-of month against the same months one year before.

    A row whose subdomain is NULL holds the whole domain, those of its subdomains included; so sum over rows
    with subdomain NULL, or look at one subdomain. Compared are the labelled projects, members or not, with a
    known mean in both windows; one created after the earlier window counts there with 0. Both sums are over
    the compared projects alone.
    """

    as_of_month = column.month("Last month of the window")
    layer = dy.String(description="Layer, English name, under the default taxonomy")
    domain = dy.String(description="Domain, English name")
    subdomain = dy.String(nullable=True, description="Subdomain, English name; NULL for the whole domain")
    projects_count = column.count("Projects with that label today, whether or not they existed in the window")
    compared_projects_count = column.count("Of these, projects with a known mean in both windows")
    openrank_sum = dy.Float64(
        nullable=True, min=0, description="Sum of the compared projects' means; NULL if none is compared"
    )
    openrank_prior_sum = dy.Float64(
        nullable=True, min=0, description="Sum of their means one year before; NULL if none is compared"
    )
    growth_ratio = dy.Float64(
        nullable=True,
        description="openrank_sum over openrank_prior_sum, minus 1; NULL if the latter is 0 or NULL, or if"
        " compared_projects_count is less than comparable_coverage_ratio of projects_count",
    )
    uncompared_project_ids = dy.List(
        dy.String(), description="Projects of the label that are not compared: one of their means is unknown"
    )
    basis = column.one_of(("published", "nowcast"), "Whether a compared mean rests on a nowcast")

    @dy.rule()
    def compared_are_some_of_all(cls) -> pl.Expr:
        """No more projects are compared than there are, and sums exist only with some."""
        compared = pl.col("compared_projects_count")
        return (compared <= pl.col("projects_count")) & (
            (compared > 0) == pl.col("openrank_sum").is_not_null()
        )


class TechnologyAreaAnnual(dy.Schema):
    """OpenRank of technology areas by year, as far as the repositories that OpenDigger's labels name have a series.

    Labels of the form owner/* are left out, since no list says what they held in which year. A repository may
    belong to several areas. Compare areas only where covered_repos_count is near repos_count. Months since the event
    stream broke are in no sum: nobody asked GitHub about these repositories.
    """

    area = column.reference("technology_areas.area", "Technology area, as in the seeds", primary_key=True)
    year = dy.Int64(primary_key=True, description="Calendar year")
    openrank_sum = dy.Float64(
        min=0, description="Sum of the monthly OpenRank of all its repositories with a value"
    )
    months_count = dy.Int64(min=1, max=12, description="Months of the year with a value")
    repos_count = column.count("Repositories that the labels name one by one")
    covered_repos_count = column.count(
        "Of these, repositories of which every month of the year was retrieved"
    )

    @dy.rule()
    def covered_are_some_of_all(cls) -> pl.Expr:
        """No more repositories are covered than there are."""
        return pl.col("covered_repos_count") <= pl.col("repos_count")


class TechnologyAreas(dy.Schema):
    """The technology areas of technology_area_annual, with their names."""

    area = dy.String(primary_key=True, description="Technology area, as in the seeds")
    name = dy.String(description="Name in English")
    name_zh = dy.String(description="Name in Chinese")
    owners_count = column.count("Labels of the form owner/*: nobody says how many repositories they mean")
