"""The local internet: DNS root, TLDs, validating resolver, forward proxy, registry, ACME trust.

It stands in for what lies outside Catalyst, with the real programs (PowerDNS, unbound, pebble), so
that a name works here only when it would work out there. It must never import an app, and never
make an exception for Catalyst: whoever wants to be found has to be delegated to and signed.
"""
