"""Machines: what a server of the cloud really runs. They know desired machines, no API.

`boot.py` is the interface; `process.py` boots a machine as processes of this computer.
"""
