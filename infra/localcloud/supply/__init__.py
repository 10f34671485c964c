"""What a Sovereign's Flux fetches, on a laptop: charts from an OCI registry, its tree from Git.

`kit.py` fills the registry, `repository.py` fills Git; `supply.py` serves both until told to stop.
"""
