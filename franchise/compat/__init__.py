"""The addresses and field names of the earlier system's billing service (spec franchise §2.7).

A layer of paint: it parses, calls the rooms' services and shapes their answers. It decides nothing.
"""
