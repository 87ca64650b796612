"""Files that pyUSID writes, and what pyUSID reads in files: run in its environment.

``scripts/make-oracles`` makes that environment; usid_lab is not imported here.
"""
