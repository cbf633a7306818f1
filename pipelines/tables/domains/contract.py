"""Contracts of the family domains."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from pipelines.tables import column


class ProjectDomains(dy.Schema):
    """The technical domain of a project in a version of the taxonomy."""

    project_id = column.project(primary_key=True)
    taxonomy_version = dy.String(primary_key=True, description="Version of the taxonomy")
    layer = dy.String(nullable=True, description="Layer, English name; NULL if unclassified")
    domain = dy.String(nullable=True, description="Domain, English name; NULL if unclassified")
    subdomain = dy.String(
        nullable=True,
        description="Sub-row of the domain, English name; NULL if it has none or the domain is predicted",
    )
    assignment = column.one_of(
        ["curated", "predicted", "unclassified"], "Who decided: a person, the model, nobody"
    )
    confidence = column.ratio(
        "Calibrated probability of the most probable domain; NULL for a curated one", nullable=True
    )
    reasons = dy.List(dy.String(), description="What the assignment rests on, in words")
    reason_messages = dy.List(dy.String(), description=f"The same, {column.MESSAGE}")


class TaxonomyBoxes(dy.Schema):
    """Layers, domains and subdomains of each version of the taxonomy, in the order they are drawn.

    A row whose subdomain is NULL is a whole domain. English names are the keys that other tables use.
    """

    taxonomy_version = dy.String(primary_key=True, description="Version of the taxonomy")
    position = dy.Int64(min=1, primary_key=True, description="Place in the order of drawing, from 1")
    layer = dy.String(description="Layer, English name")
    layer_zh = dy.String(description="Layer, Chinese name")
    domain = dy.String(description="Domain, English name")
    domain_zh = dy.String(description="Domain, Chinese name")
    subdomain = dy.String(nullable=True, description="Subdomain, English name; NULL for the whole domain")
    subdomain_zh = dy.String(nullable=True, description="Subdomain, Chinese name; NULL for the whole domain")
    definition = dy.String(description="What belongs in it, in English")
    definition_zh = dy.String(description="What belongs in it, in Chinese")

    @dy.rule()
    def both_names_of_a_subdomain(cls) -> pl.Expr:
        """A subdomain has its name in both languages."""
        return pl.col("subdomain").is_null() == pl.col("subdomain_zh").is_null()
