"""The reader of what is published: the command line, the app and notebooks ask here and nowhere else.

Belongs here: opening a generation, its defaults, and every SELECT over the published tables, by family. Must not:
writing a file; a widget or a column's heading; computing what is published. Where somebody asks for a combination
that is not published, a pure stage computes it, and the answer says so.
"""

from pipelines.published.answer import Answer
from pipelines.published.network import Network
from pipelines.published.reader import Defaults, Landscape, open_landscape

__all__ = ["Answer", "Defaults", "Landscape", "Network", "open_landscape"]
