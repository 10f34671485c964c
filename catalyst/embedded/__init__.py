"""The laptop stack: real programs as supervised child processes, under one state folder.

`python -m catalyst.embedded up` (or `manage.py stack up`). An app must never import it.
"""
