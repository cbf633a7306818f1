"""SELECTs of a search, run over a workspace. Belongs here: SQL alone."""
