"""GH Archive: hour files of public GitHub events, from the request to fact rows about all repositories.

Belongs here: asking for hours, reading them, their rows and manifest in bronze, and what this source declares. Must
not: who a person is, or which repository is which project; that is decided downstream.
"""
