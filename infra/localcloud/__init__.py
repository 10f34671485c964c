"""The local cloud: a program that plays Hetzner (and, beside it, the internet) on one computer.

It speaks the vendors' protocols over TCP and boots real processes as machines. It imports nothing
from the Catalyst apps and they import nothing from it; they meet only on the wire.
"""
