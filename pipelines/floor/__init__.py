"""The floor of the house: errors, files, periods, names, messages, settings, folders and the writer's lock.

Belongs here: code that every room may use and that knows no source, table or metric. Must not: a word of the field.
"""
