"""One client per upstream: the only code that opens a socket.

Belongs here: how to ask an upstream and how to tell its answers apart. Must not: Parquet, SQL, or what an
answer means for the landscape.
"""
