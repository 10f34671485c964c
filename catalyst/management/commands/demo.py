"""`manage.py demo`: the main job, unattended; then it keeps serving when on a terminal."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from catalyst.embedded import profile, programs, terminal
from catalyst.embedded.control import Stack, StackError
from catalyst.embedded.demo import path
from catalyst.embedded.demo.person import DemoFailed, Person
from catalyst.embedded.demo.secrets import KeptSecrets
from catalyst.embedded.realm.admin import Admin, Refused
from catalyst.embedded.state import StackState, default_state_dir
from catalyst.vault.secret import Secret


class Command(BaseCommand):
    help = "Make a Sovereign on the local cloud, log in there, issue a voucher, redeem it."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        stack = Stack(default_state_dir())
        was_running = stack.is_running()
        if not was_running:
            self._choose_profile()
        try:
            self._walk(stack, began)
            if sys.stdout.isatty() and not was_running:
                self.stdout.write("Serving. Ctrl-C stops everything.")
                signal.pause()
        except KeyboardInterrupt:
            self.stdout.write("\nstopping …")
        except (DemoFailed, Refused, StackError) as failure:
            self.stderr.write(f"demo FAILED: {failure}")
            sys.exit(1)
        finally:
            if not was_running:
                stack.stop()

    def _choose_profile(self) -> None:
        """Whole clusters as soon as their programs are there; nobody waits for them to be built."""
        if os.environ.get("CATALYST_CLUSTER"):
            return
        missing = programs.missing_for_clusters()
        os.environ["CATALYST_CLUSTER"] = "false" if missing else "true"
        if missing:
            self._say(
                "Machines without a cluster this time: still to be fetched or built are "
                f"{', '.join(missing)} (python3 infra/tools/fetch.py ensure {' '.join(missing)})."
            )

    def _walk(self, stack: Stack, began: float) -> None:
        self._title("Starting the stack")
        if terminal.run({"action": "up", "detach": True, "only": ""}):
            raise DemoFailed("the stack did not start")
        # Starting it took the signals over; from here on they end the demo, which ends the stack.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        state = StackState.load()
        kept = KeptSecrets(state.secrets_dir)
        cloud = path.Cloud(state)
        if profile.has_keycloak(state):
            terminal.wait_for(stack, "keycloak-realm")
        owner, password = self._owner(state, kept)

        self._title(f"Provisioning {path.FQDN}")
        deployment_id = path.provision(owner, cloud, self._say)
        path.watch(owner, deployment_id, self._say)

        self._title("Inside the new Sovereign")
        site = f"https://console.{path.FQDN}"
        admin = Person(site, proxy=state.proxy_url, ca_bundle=state.ca_bundle)
        owner, _ = self._owner(state, kept)  # the code wants a proof of now who they are
        admin_password = path.first_admin(owner, admin, deployment_id, kept, self._say)
        self._say(f"  {path.ADMIN} is logged in at {site}")
        code = path.issue_voucher(admin)
        customer = Person(f"https://{path.FQDN}", proxy=state.proxy_url, ca_bundle=state.ca_bundle)
        self._say("  a voucher over OMR 100.000 was issued")
        organization = path.redeem(customer, code)
        self._say(f"  a customer redeemed it: Organization “{organization}”")

        self._title(f"demo passed in {time.monotonic() - began:.0f} s")
        self._addresses(state, cloud, deployment_id, password, admin_password)

    def _owner(self, state: StackState, kept: KeptSecrets) -> tuple[Person, str]:
        password, _ = kept.password("demo-founder")
        if profile.has_keycloak(state):
            with Admin(state) as admin:
                admin.add_person(
                    email=path.OWNER, password=password, roles=["catalyst-operator", "member"]
                )
        else:
            self._local_owner(password)
        owner = Person(state.web_url or "")
        owner.log_in(path.OWNER, password)
        return owner, password

    def _local_owner(self, password: str) -> None:
        from catalyst.identity.models import Role, User
        from catalyst.identity.services import make_user

        if not User.objects.filter(subject=path.OWNER).exists():
            make_user(
                email=path.OWNER,
                roles=[Role.OPERATOR, Role.MEMBER],
                password=Secret(password),
                actor="system:demo",
            )
        connection.close()

    def _addresses(
        self, state: StackState, cloud: path.Cloud, deployment_id: str, owner: str, admin: str
    ) -> None:
        """Where to look and who to be. The passwords are the demo's own, made on this machine."""
        home = state.chromium_home
        root = "--no-sandbox " if os.geteuid() == 0 else ""
        site = f"https://console.{path.FQDN}"
        lines = (
            ("Catalyst-Zero", f"{state.web_url}/sovereign/"),
            ("  log in as", f"{path.OWNER} / {owner}"),
            ("  this Sovereign", f"{state.web_url}/sovereign/deployments/{deployment_id}/"),
            ("  a Hetzner token", f"{cloud.token('visitor')}  (for a Sovereign of your own)"),
            ("mails it wrote", f"{state.mails_url}/"),
            ("the Sovereign", f"https://console.{path.FQDN}/"),
            ("  log in as", f"{path.ADMIN} / {admin}"),
            ("  redeem a code", f"https://{path.FQDN}/redeem"),
            (
                "  open it with",
                f"HOME={home} chromium {root}--proxy-server={state.proxy_url} {site}/",
            ),
        )
        for name, value in lines:
            self._say(f"{name:<18} {value}")

    def _title(self, text: str) -> None:
        self.stdout.write(f"\n{text}")
        self.stdout.flush()

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
