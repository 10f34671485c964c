"""Gitea, where Apps are kept: on loopback, its database in our PostgreSQL. Refuses to be root.

Its program is shared and was built once (infra/tools); repositories and the account's token lie in
a home of this stack that its user alone may open.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from catalyst.embedded import accounts, profile
from catalyst.embedded.private_files import write_private
from catalyst.embedded.probes import http_ok
from catalyst.embedded.programs import program
from catalyst.embedded.service import Account, Service
from catalyst.embedded.state import BASE_DIR, StackState


def _home(state: StackState) -> Path:
    return state.state_dir / "gitea"


def _config(state: StackState) -> Path:
    return _home(state) / "app.ini"


def token_file(state: StackState) -> Path:
    return _home(state) / "token"


def _account(state: StackState) -> Account | None:
    return accounts.account(accounts.GITEA, programs=program("gitea"), data=_home(state))


def _prepare(state: StackState) -> None:
    home, account = _home(state), _account(state)
    home.mkdir(mode=0o700, exist_ok=True)
    write_private(_config(state), _settings(state))
    for path in (home, _config(state)):
        if account is not None:
            os.chown(path, account.uid, account.gid)


def _settings(state: StackState) -> str:
    """https://docs.gitea.com/administration/config-cheat-sheet"""
    home, port = _home(state), state.ports["gitea"]
    user = accounts.GITEA if os.geteuid() == 0 else ""
    return f"""
{f"RUN_USER = {user}" if user else ""}
APP_NAME = Catalyst
WORK_PATH = {home}
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {port}
ROOT_URL = {state.gitea_url}/
STATIC_ROOT_PATH = {program("gitea").with_name("share")}
APP_DATA_PATH = {home / "data"}
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = postgres
HOST = 127.0.0.1:{state.ports["postgres"]}
NAME = gitea
USER = gitea
PASSWD = {state.secrets["postgres-gitea"]}
SSL_MODE = disable
[repository]
ROOT = {home / "repositories"}
DEFAULT_BRANCH = main
[security]
INSTALL_LOCK = true
SECRET_KEY = {state.secrets["gitea-key"]}
INTERNAL_TOKEN = {state.secrets["gitea-internal"]}
DISABLE_WEBHOOKS = false
[service]
DISABLE_REGISTRATION = true
REQUIRE_SIGNIN_VIEW = true
[webhook]
ALLOWED_HOST_LIST = loopback,private
[log]
LEVEL = Warn
[cron.update_checker]
ENABLED = false
[indexer]
ISSUE_INDEXER_TYPE = db
[actions]
ENABLED = false
[mailer]
ENABLED = false
"""


def _answers(state: StackState) -> bool:
    return http_ok(f"{state.gitea_url}/api/healthz")


def _person_argv(state: StackState) -> list[str]:
    words = (program("gitea"), _config(state), token_file(state), state.gitea_url)
    return [sys.executable, str(BASE_DIR / "catalyst/embedded/gitea"), *map(str, words)]


SERVER = Service(
    name="gitea",
    needs=("databases",),
    ports=("gitea",),
    argv=lambda state: [str(program("gitea")), "--config", str(_config(state)), "web"],
    prepare=_prepare,
    env=lambda state: {"HOME": str(_home(state))},
    account=_account,
    probe=_answers,
    wanted=profile.has_gitea,
    where=lambda state: state.gitea_url or "",
    late=True,
    deadline=120,  # the first start makes its tables
)
PERSON = Service(
    name="gitea-person",
    part_of="gitea",
    needs=("gitea",),
    argv=_person_argv,
    env=lambda state: {"HOME": str(_home(state))},
    account=_account,
    wanted=profile.has_gitea,
    run_once=True,
    late=True,
    deadline=60,
)
