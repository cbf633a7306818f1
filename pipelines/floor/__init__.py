"""The floor of the house: errors, files, periods, names, messages, settings, folders and the writer's lock.

Belongs here: what every room may rest on and what knows no source, table or metric. Must not: a word of the field.
"""
