"""`make demo`: the whole path as its users walk it, over HTTP only, on the laptop stack.

It knows addresses and forms, no app; what it sees is what a person would see.
"""
