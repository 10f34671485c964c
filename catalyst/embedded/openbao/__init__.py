"""Making the laptop's OpenBao usable: initialised, unsealed, with what the vault needs in it.

It speaks to OpenBao only, and knows nothing of Django.
"""
