"""OpenDigger: monthly metrics of repositories, one small JSON file each.

Belongs here: everything that only OpenDigger needs, from the request to the rows in bronze. Must not: what an
absent month means, and which repositories make a project.
"""
