"""Load balancers that really forward TCP, each on an address of its own.

They know plans (`plan.py`), and neither the API nor machines.
"""
