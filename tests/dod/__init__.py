"""The Definition of Done: thirteen steps from a log-in to a customer's App, in a browser."""

import os
from pathlib import Path

# As it was asked for: what is imported next from the tests sets the environment up for tests.
ENVIRONMENT = dict(os.environ)
STATE = Path(os.environ.get("CATALYST_STATE_DIR") or ".catalyst").resolve()
