"""What provider-http does with a Request, told from its sources (internal/service/request/*.go and
internal/data-patcher, v1.0.13's branch): its program cannot be had offline.

jq is libjq where the provider has gojq; the expressions of our Composition mean the same in both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jq

Body = dict[str, Any]
PLACEHOLDER = re.compile(r"\{\{\s*([^:{}\s]+):([^:{}\s]+):([^:{}\s]+)\s*\}\}")


@dataclass(frozen=True)
class Answer:
    code: int
    text: str


@dataclass(frozen=True)
class Sent:
    """One request as it left, secrets filled in."""

    action: str
    method: str
    url: str
    headers: dict[str, str]
    body: str


class CannotBuild(Exception):
    """A request whose template or Secret is not there."""


@dataclass
class Controller:
    """Reconciles one Request; `secrets` is the cluster's, `status` the Request's."""

    request: Body
    send: Callable[[Sent], Answer]
    secrets: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    status: Body = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)

    @property
    def spec(self) -> Body:
        found: Body = self.request["spec"]["forProvider"]
        return found

    def reconcile(self, *, deleting: bool = False) -> bool:
        """One round; False once a deleted Request is gone. Raises CannotBuild."""
        there, current = self._observe()
        if deleting and not there:
            return False
        if deleting:
            self._act("REMOVE")
        elif not there:
            self._act("CREATE")
        elif not current:
            self._act("UPDATE")
        return True

    def _observe(self) -> tuple[bool, bool]:
        """(does it exist, is it up to date)."""
        code = self.status.get("response", {}).get("statusCode", 0)
        method = self.status.get("requestDetails", {}).get("method")
        not_created = code == 0 or (method == "POST" and code >= 400)
        try:
            ready = self._build("OBSERVE")
        except CannotBuild:
            if not_created:
                return False, False
            raise
        answer = self._send(ready)
        if (not 200 <= answer.code < 300 and not_created) or answer.code == 404:
            return False, False
        answer = self._inject(answer)
        logic = self._with_secrets(self.spec["expectedResponseCheck"]["logic"])
        current = run(logic, self._context(answer.code, answer.text))
        assert isinstance(current, bool), f"the provider wants a boolean of {logic}"
        self._remember(ready, answer)
        return True, current

    def _act(self, action: str) -> None:
        ready = self._build(action)
        self._remember(ready, self._inject(self._send(ready)))

    def _build(self, action: str) -> Sent:
        (mapping,) = [each for each in self.spec["mappings"] if each["action"] == action]
        last = self.status.get("response", {})
        context = self._context(last.get("statusCode", 0), last.get("body", ""))
        headers = mapping.get("headers", self.spec.get("headers", {}))
        body = run(" ".join(mapping["body"].split()), context) if "body" in mapping else ""
        text = json.dumps(body) if isinstance(body, dict) else str(body)
        return Sent(
            action,
            mapping["method"],
            str(run(mapping["url"], context)),
            {name: _header(values[0], context) for name, values in headers.items()},
            self._with_secrets(text),
        )

    def _send(self, ready: Sent) -> Answer:
        self.sent.append(ready)
        return self.send(ready)

    def _context(self, code: int, text: str) -> Body:
        whole = {**self.spec, "response": {"statusCode": code, "body": text, "headers": {}}}
        opened: Body = _opened(json.loads(json.dumps(whole)))
        return opened

    def _with_secrets(self, text: str) -> str:
        def value(found: re.Match[str]) -> str:
            name, namespace, key = found.groups()
            if (namespace, name) not in self.secrets:
                raise CannotBuild(f"there is no Secret {namespace}/{name}")
            return self.secrets[namespace, name].get(key, "")

        return PLACEHOLDER.sub(value, text)

    def _inject(self, answer: Answer) -> Answer:
        """Values of the answer into Secrets, and out of what is kept of it."""
        text = answer.text
        for config in self.spec["secretInjectionConfigs"]:
            name, namespace = config["secretRef"]["name"], config["secretRef"]["namespace"]
            secret = self.secrets.setdefault((namespace, name), {})
            for key in config["keyMappings"]:
                found = _opened({"body": answer.text, "statusCode": answer.code})
                value = run_or_none(key["responseJQ"], found)
                if value is not None:
                    secret[key["secretKey"]] = str(value)
                    kept = f"{{{{{name}:{namespace}:{key['secretKey']}}}}}"
                    text = text.replace(f'"{value}"', f'"{kept}"')
                elif key.get("missingFieldStrategy", "delete") == "delete":
                    secret.pop(key["secretKey"], None)
        return Answer(answer.code, text)

    def _remember(self, ready: Sent, answer: Answer) -> None:
        self.status["requestDetails"] = {"method": ready.method}
        self.status["response"] = {"statusCode": answer.code, "body": answer.text}
        if 200 <= answer.code < 300:
            self.status["cache"] = {"response": dict(self.status["response"])}


def run(expression: str, context: Any) -> Any:
    try:
        return jq.compile(expression).input_value(context).first()
    except (ValueError, StopIteration) as error:
        raise CannotBuild(f"{expression}: {error}") from error


def run_or_none(expression: str, context: Any) -> Any:
    try:
        return run(expression, context)
    except CannotBuild:
        return None


def _header(text: str, context: Body) -> str:
    value = run_or_none(text, context)
    if value is None:
        return text  # what is no jq is taken as it is
    if not isinstance(value, str):
        raise CannotBuild(f"the header {text} is no text")
    return value


def _opened(value: Any) -> Any:
    """Strings that are JSON become what they say: objects as they are, anything else nothing."""
    for key, inner in value.items():
        if isinstance(inner, dict):
            _opened(inner)
        elif isinstance(inner, str):
            try:
                parsed = json.loads(inner)
            except ValueError:
                continue
            value[key] = parsed if isinstance(parsed, dict) else None
    return value
