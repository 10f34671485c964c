"""`python -m catalyst.embedded up | status | logs | down`: the stack without loading Django."""

from __future__ import annotations

import argparse
import sys

from catalyst.embedded import terminal

parser = argparse.ArgumentParser(prog="stack")
terminal.add_arguments(parser)
sys.exit(terminal.run(vars(parser.parse_args())))
