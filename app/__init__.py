"""The Streamlit app: reads the published file, and nothing else.

Belongs here: pages, queries, charts and view state. Must not: the pipeline's Dagster definitions, or a number
that is not in the published file.
"""
