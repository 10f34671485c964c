"""Checks everything under `infra/charts` and `infra/clusters` without a network or a cluster.

Each module finds one kind of fault and gives it back as text; the tests in `tests/infra_check` say
that there is none. Knows no app and changes no file of the tree: charts are assembled in copies.
"""
