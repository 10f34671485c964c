"""A Deployment's name, wherever it comes from: under one of our pools, or a domain of its own.

`services.py` is the only place that asks `dns` for a Deployment; phases and acts ask here and need
not know which kind it is.
"""
