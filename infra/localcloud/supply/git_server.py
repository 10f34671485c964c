"""Git over HTTP: `git http-backend` (CGI) behind ASGI. Anyone may read; a push needs the key.

How the program is spoken to: git-http-backend(1), RFC 3875.
"""

import asyncio
import base64
import binascii
import contextlib
import hmac
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from infra.localcloud.supply.repository import environment

_PUSH = "git-receive-pack"
_CHUNK = 65536


def build(folder: Path, push_key: str) -> Starlette:
    """Serve every repository right below `folder`. `push_key`: the password of pushes."""

    async def answer(request: Request) -> Response:
        path = request.path_params["path"]
        pushing = path.endswith(f"/{_PUSH}") or request.query_params.get("service") == _PUSH
        if pushing and not _may_push(request, push_key):
            headers = {"WWW-Authenticate": 'Basic realm="git", charset="UTF-8"'}
            return PlainTextResponse("a push needs the key", 401, headers)
        variables = _variables(request, folder)
        if pushing:
            # Without a user the program takes no push.
            variables["REMOTE_USER"] = "pusher"
        return await _run(request, variables)

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


def _may_push(request: Request, key: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        _, _, password = base64.b64decode(given, validate=True).partition(b":")
    except binascii.Error:
        return False
    return hmac.compare_digest(password, key.encode())


def _variables(request: Request, folder: Path) -> dict[str, str]:
    headers = request.headers
    asked = {
        "CONTENT_TYPE": headers.get("content-type"),
        "HTTP_CONTENT_ENCODING": headers.get("content-encoding"),
        "GIT_PROTOCOL": headers.get("git-protocol"),
    }
    return environment(
        GIT_PROJECT_ROOT=str(folder),
        GIT_HTTP_EXPORT_ALL="1",
        PATH_INFO="/" + request.path_params["path"],
        QUERY_STRING=request.url.query,
        REQUEST_METHOD=request.method,
        REMOTE_ADDR=request.client.host if request.client else "",
        **{name: value for name, value in asked.items() if value is not None},
    )


async def _run(request: Request, variables: dict[str, str]) -> Response:
    # The whole question first: the program may answer before it has read all, and two pipes that
    # wait for each other would stand for ever.
    with tempfile.TemporaryFile() as body:
        async for part in request.stream():
            body.write(part)
        variables["CONTENT_LENGTH"] = str(body.tell())
        body.seek(0)
        process = await asyncio.create_subprocess_exec(
            "git", "http-backend", env=variables, stdin=body, stdout=asyncio.subprocess.PIPE
        )
    assert process.stdout is not None
    status, headers = await _head(process.stdout)
    return StreamingResponse(_rest(process), status, headers)


async def _head(stream: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    status, headers = 200, {}
    while line := (await stream.readline()).decode().strip():
        name, _, value = line.partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers[name] = value.strip()
    # Ended without a word: it could not even start.
    return (status, headers) if headers else (500, {})


async def _rest(process: asyncio.subprocess.Process) -> AsyncIterator[bytes]:
    assert process.stdout is not None
    try:
        while part := await process.stdout.read(_CHUNK):
            yield part
    finally:
        # Whoever asked may be gone in the middle.
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
