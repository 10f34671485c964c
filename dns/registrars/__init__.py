"""A customer's registrar: read and change who answers for a domain, through five vendors' APIs.

A package per vendor holds its client, its credential fields and the mapping of its answers to our
errors; `services.py` is the only door. Credentials live in the memory of one request: nothing here
may keep, log, print or put them into a URL that anybody sees.
"""
