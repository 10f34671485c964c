"""Reserves one name many times at once through the API, in a process of its own.

`python -m tests.integration.dns.racer DATABASE LABEL COUNT` reads a service token and then a line
to start by from its standard input; prints how often which status came, and with which type.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import django
from django.conf import settings

# A connection to the database each; PostgreSQL of the laptop stack has 200 for everybody.
THREADS = 24


def race(token: str, label: str, count: int) -> Counter[str]:
    """COUNT reserves, as many at the same moment as there are threads."""
    from django.db import connection
    from django.test import Client

    def one(_: int) -> str:
        answer = Client().post(
            "/api/v1/pool/omani.works/reserve",
            {"subdomain": label},
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Host": settings.ALLOWED_HOSTS[0]},
        )
        return f"{answer.status_code} {answer.json().get('type', 'reserved')}"

    with ThreadPoolExecutor(THREADS, initializer=lambda: connection.ensure_connection()) as pool:
        print("ready", flush=True)
        sys.stdin.readline()
        return Counter(pool.map(one, range(count)))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "catalyst.settings.embedded")
    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    django.setup()
    print(json.dumps(race(sys.stdin.readline().strip(), sys.argv[2], int(sys.argv[3]))))
