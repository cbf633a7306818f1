"""Parts of the pages that are too large for one file: a figure or a few with their widgets.

Belongs here: what one page shows and no other. Must not: a page, whose file calls these; a query or a rule.
"""
