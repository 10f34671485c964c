"""Gets every program this house needs, in exactly the pinned version, before anything else exists.

Standard library only: it runs before the virtual environment is there. It changes nothing but
the user's cache folder, `.venv` and, by apt, missing Debian packages; never application data.
"""
