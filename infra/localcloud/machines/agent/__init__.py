"""The init of a booted control plane: database, app, call-back, certificate, web server.

A program of its own, one per machine, started by `machines/process.py`. It reads the machine's disk
and hardware.json; it never writes a secret to its output, which is the machine's console.
"""
