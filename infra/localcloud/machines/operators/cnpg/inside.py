"""What is in a Cluster's server while it runs: roles and databases, as its objects want them.

Roles first, since databases have owners; those that are to go last, since they may own one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import psycopg
from psycopg import sql

from infra.localcloud.machines.cluster.api import Json
from infra.localcloud.machines.operators.cnpg import made
from infra.localcloud.machines.operators.loop import Later

_SECONDS = 5
_SUPERUSER_S = (made.SUPERUSER, made.OPERATOR)


@dataclass(frozen=True, slots=True)
class Role:
    """One of `managed.roles`; `password` is None where it names no Secret."""

    wanted: Json
    password: str | None

    @property
    def name(self) -> str:
        return str(self.wanted["name"])

    @property
    def goes(self) -> bool:
        return self.wanted.get("ensure") == "absent"


async def reconcile(
    address: str, password: str, *, roles: Iterable[Role], databases: Iterable[Json]
) -> dict[str, str]:
    """Make it so; name of the Database object → what is wrong with it, empty for nothing.

    Raises Later when the server does not let us in, or refuses a role.
    """
    listed = list(roles)
    try:
        connection = await psycopg.AsyncConnection.connect(
            host=address,
            port=made.PORT,
            user=made.OPERATOR,
            password=password,
            dbname="postgres",
            autocommit=True,
            connect_timeout=_SECONDS,
        )
    except psycopg.OperationalError as problem:
        raise Later(f"its server does not let the operator in: {_line(problem)}") from problem
    async with connection:
        try:
            for role in listed:
                if not role.goes:
                    await _have_role(connection, role)
            told = {
                str(each["metadata"]["name"]): await _database(
                    connection, each["spec"] | ({"ensure": "absent"} if made.goes(each) else {})
                )
                for each in databases
            }
            for role in listed:
                if role.goes and role.name not in _SUPERUSER_S:
                    await connection.execute(
                        sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role.name))
                    )
        except psycopg.Error as problem:
            raise Later(f"its server refuses a role: {_line(problem)}") from problem
    return told


async def _have_role(connection: psycopg.AsyncConnection, role: Role) -> None:
    found = await connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role.name,))
    statement = made.role(role.wanted, role.password, again=await found.fetchone() is not None)
    await connection.execute(statement.encode())


async def _database(connection: psycopg.AsyncConnection, wanted: Json) -> str:
    name, owner = sql.Identifier(wanted["name"]), sql.Identifier(wanted["owner"])
    try:
        if wanted.get("ensure") == "absent":
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            await connection.execute(drop.format(name))
            return ""
        found = await connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", (wanted["name"],)
        )
        words = "ALTER DATABASE {} OWNER TO {}" if await found.fetchone() else (
            "CREATE DATABASE {} OWNER {}"
        )  # fmt: skip
        await connection.execute(sql.SQL(words).format(name, owner))
    except psycopg.Error as problem:
        return _line(problem)
    return ""


def _line(problem: Exception) -> str:
    return (str(problem).strip() or type(problem).__name__).splitlines()[0]
