"""The Hetzner Cloud API `/v1`, as the vendor documents it, over one SQLite file.

It knows what should exist; making machines run and balancers forward is the other rooms' work.
"""
