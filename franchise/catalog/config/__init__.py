"""What one may set of an App: forms made from its Blueprint's JSON Schema, judged on the server.

A secret goes from the browser into a `Secret` and never into a page, a message or a plain value.
"""
