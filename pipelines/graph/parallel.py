"""How many threads share a product of sparse matrices: SciPy lets others run while it multiplies."""

THREADS = 2
"""Each takes blocks of rows, so that results do not depend on it. Memory does: a laptop's share, not a server's."""
