"""What the sources share in bronze: Parquet files, manifests, quarantine, and files that cannot be read.

Belongs here: writing and reading rows of any source. Must not: one source; its rows are in its folder under `sources`.
"""
