"""The steps that load the published tables into the build file, a file for each stage.

Belongs here: what each table is built from, and handing frames between SQL and the pure functions. Must not:
the SQL or the functions themselves.
"""
