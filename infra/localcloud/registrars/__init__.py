"""Plays five registrars: their protocols over HTTPS, with state, quirks and faults on demand.

They sit on the registry of the local internet as registrars sit on EPP, so that a change is seen by
every resolver. Written from the vendors' documentation, never from our own client; no app is
imported here and none imports this.
"""
