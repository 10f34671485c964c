"""One budget of tries and waiting for a whole operation, however many calls it makes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from dns.registrars.problems import TRANSIENT, RateLimited, RegistrarProblem

Found = TypeVar("Found")

TRIES = 4
PATIENCE_SECONDS = 8.0
_FIRST_WAIT = 0.2
_LONGEST_WAIT = 2.0


class Budget:
    """Given to an adapter with its operation. `sleep` is for tests of this file."""

    def __init__(
        self,
        *,
        patience: float = PATIENCE_SECONDS,
        tries: int = TRIES,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._patience = patience
        self._again = tries - 1
        self._wait = _FIRST_WAIT
        self._sleep = sleep

    def until_answered(
        self, ask: Callable[[], tuple[Found, RegistrarProblem | None]], *, harmless: bool
    ) -> Found:
        """Ask until there is no problem, as long as this lasts; raises the last one else.

        `harmless`: asking changes nothing at the vendor. What may change something is asked once
        more only when the vendor said that it did nothing (429).
        """
        while True:
            found, problem = ask()
            if problem is None:
                return found
            again = isinstance(problem, RateLimited) or (
                harmless and isinstance(problem, TRANSIENT)
            )
            if not again:
                raise problem
            self.spend(problem)

    def spend(self, problem: RegistrarProblem) -> None:
        """Wait for one more try, as long as the vendor asked. Raises `problem` when it is spent.

        A wait that does not fit is not begun: the caller hears at once how long it would be.
        """
        asked = problem.extra.get("retry_after")
        wait = float(asked) if asked is not None else self._backoff()
        if self._again < 1 or wait > self._patience:
            raise problem
        self._again -= 1
        self._patience -= wait
        self._sleep(wait)

    def _backoff(self) -> float:
        wait = self._wait * random.uniform(0.8, 1.2)
        self._wait = min(self._wait * 2, _LONGEST_WAIT)
        return wait
