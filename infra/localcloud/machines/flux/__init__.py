"""Flux's controllers as processes beside a machine's control plane, with its admin's rights.

`flux.py` is the interface.
"""
