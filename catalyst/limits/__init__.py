"""How often something may be done: by people at our doors, and by us at other people's.

Counts live in Redis and may be lost at any moment; a Redis that is away never stops anybody.
"""
