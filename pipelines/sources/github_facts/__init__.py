"""What happened in the projects' repositories, as GitHub itself keeps it: issues, pull requests, comments, reviews.

Belongs here: requests, fact rows and bronze of this source. Must not: which copy of a fact counts; `warehouse` decides.
"""
