"""`kubectl exec`: a command in a running container, its streams over one WebSocket.

The API server hands the client's WebSocket on to nodes that say they take it (node.py). Each
message begins with the number of its channel; protocols and the status at the end:
k8s.io/apimachinery, pkg/util/remotecommand. A command ends with the connection it was asked by.
"""

import asyncio
import contextlib
import enum
import errno
import fcntl
import json
import os
import struct
import termios
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable

from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from infra.localcloud.machines.kubelet.container import Running

# Newest first. In v4 a client cannot say that its stdin has ended.
PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
_CHUNK = 32 * 1024
_END_OF_INPUT = b"\x04"  # what a terminal makes of Ctrl-D

Find = Callable[[str, str, str], Running | None]
Send = Callable[[bytes], Awaitable[None]]


class Channel(enum.IntEnum):
    STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255


class Commands:
    """`find(namespace, pod, container)` is its run that is on, if there is a process of it."""

    def __init__(self, find: Find) -> None:
        self._find = find

    async def refuse(self, request: Request) -> Response:
        """The older way of asking, SPDY; kubectl tries it when its WebSocket was not taken."""
        if self._running(request) is None:
            return PlainTextResponse(_no_process(request), status_code=404)
        words = "this node takes commands over WebSockets only, as kubectl asks since 1.31\n"
        return PlainTextResponse(words, status_code=400)

    async def answer(self, socket: WebSocket) -> None:
        """Query as the API server passes it on: `command` for each word, and which streams."""
        query = socket.query_params
        spoken = next((each for each in PROTOCOLS if each in socket.scope["subprotocols"]), None)
        if spoken is None:
            await _refuse(socket, f"this node speaks {' and '.join(PROTOCOLS)}\n", 400)
            return
        running = self._running(socket)
        wanted = {name for name in ("input", "output", "error", "tty") if query.get(name) == "1"}
        streams = None
        if running is not None:
            open_streams = _Terminal.open if "tty" in wanted else _Pipes.open
            streams = await open_streams(running, query.getlist("command"), wanted)
        if streams is None:
            await _refuse(socket, _no_process(socket), 404)
            return
        try:
            await socket.accept(subprotocol=spoken)
            await _carry(socket, streams)
        finally:
            await streams.end()

    def _running(self, asked: HTTPConnection) -> Running | None:
        names = asked.path_params
        return self._find(names["namespace"], names["pod"], names["container"])


class _Pipes:
    """A command and its three streams. Those that were not asked for lead nowhere."""

    def __init__(self, process: Process) -> None:
        self.process = process

    @classmethod
    async def open(cls, running: Running, argv: list[str], wanted: set[str]) -> "_Pipes | None":
        def stream(name: str) -> int:
            return PIPE if name in wanted else DEVNULL

        process = await running.spawn(
            argv, stdin=stream("input"), stdout=stream("output"), stderr=stream("error")
        )
        return None if process is None else cls(process)

    async def write(self, data: bytes) -> None:
        if (stdin := self.process.stdin) is not None:
            with contextlib.suppress(ConnectionError):  # it reads no more
                stdin.write(data)
                await stdin.drain()

    def close_input(self) -> None:
        if (stdin := self.process.stdin) is not None:
            stdin.close()

    def resize(self, width: int, height: int) -> None:
        """Only a terminal has a size."""

    async def copy(self, send: Send) -> None:
        """Pass on what it says until it has said everything."""
        await asyncio.gather(
            _copy(self.process.stdout, Channel.STDOUT, send),
            _copy(self.process.stderr, Channel.STDERR, send),
        )

    async def end(self) -> None:
        """It is gone afterwards."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


class _Terminal(_Pipes):
    """A command at a terminal, of which we hold the other end."""

    def __init__(self, process: Process, ours: int) -> None:
        super().__init__(process)
        self._ours = ours

    @classmethod
    async def open(cls, running: Running, argv: list[str], wanted: set[str]) -> "_Terminal | None":
        ours, its = os.openpty()
        os.set_blocking(ours, False)
        try:
            process = await running.spawn(argv, stdin=its, stdout=its, stderr=its, terminal=True)
        finally:
            os.close(its)
        if process is None:
            os.close(ours)
            return None
        return cls(process, ours)

    async def write(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._ours, data) :]
            except BlockingIOError:
                await _possible(self._ours, asyncio.get_running_loop().add_writer)
            except OSError:  # nobody is at it any more
                return

    def close_input(self) -> None:
        with contextlib.suppress(OSError):
            os.write(self._ours, _END_OF_INPUT)

    def resize(self, width: int, height: int) -> None:
        with contextlib.suppress(OSError):
            fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    async def copy(self, send: Send) -> None:
        while True:
            try:
                data = os.read(self._ours, _CHUNK)
            except BlockingIOError:
                await _possible(self._ours, asyncio.get_running_loop().add_reader)
                continue
            except OSError as error:
                if error.errno == errno.EIO:  # the last one at it is gone
                    return
                raise
            await send(bytes([Channel.STDOUT]) + data)

    async def end(self) -> None:
        await super().end()
        os.close(self._ours)


def _no_process(asked: HTTPConnection) -> str:
    return f"no process of container {asked.path_params['container']} is running here\n"


async def _refuse(socket: WebSocket, words: str, status: int) -> None:
    await socket.send_denial_response(PlainTextResponse(words, status_code=status))


async def _carry(socket: WebSocket, streams: _Pipes) -> None:
    """Until the command has ended and said everything, or nobody listens any more."""
    told = asyncio.create_task(_say(socket, streams))
    heard = asyncio.create_task(_hear(socket, streams))
    try:
        await asyncio.wait({told, heard}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (told, heard):
            task.cancel()
        outcomes = await asyncio.gather(told, heard, return_exceptions=True)
    for outcome in outcomes:
        away = (asyncio.CancelledError, WebSocketDisconnect)
        if isinstance(outcome, BaseException) and not isinstance(outcome, away):
            raise outcome


async def _say(socket: WebSocket, streams: _Pipes) -> None:
    await streams.copy(socket.send_bytes)
    code = await streams.process.wait()
    told = json.dumps(status_of(code if code >= 0 else 128 - code)).encode()
    await socket.send_bytes(bytes([Channel.ERROR]) + told)
    await socket.close()


async def _hear(socket: WebSocket, streams: _Pipes) -> None:
    """Returns only by WebSocketDisconnect: a client that has nothing more to say still listens."""
    while True:
        message = await socket.receive_bytes()
        match (*message[:1], message[1:]):
            case (Channel.STDIN, data):
                await streams.write(data)
            case (Channel.RESIZE, data):
                size = json.loads(data)
                streams.resize(size["Width"], size["Height"])
            case (Channel.CLOSE, b"\x00"):
                streams.close_input()


def status_of(code: int) -> dict[str, object]:
    """How a command ended, as a Status (meta/v1) that clients read the exit code from."""
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with exit code {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


async def _copy(stream: asyncio.StreamReader | None, channel: int, send: Send) -> None:
    while stream is not None and (data := await stream.read(_CHUNK)):
        await send(bytes([channel]) + data)


async def _possible(number: int, add: Callable[[int, Callable[[], None]], None]) -> None:
    """Wait until a descriptor can be read, or written."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    add(number, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(number) if add == loop.add_reader else loop.remove_writer(number)
