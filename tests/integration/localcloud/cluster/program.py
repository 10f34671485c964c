"""The tiny program of the tests' Pods: says who it is and what it was given. Only standard library.

GET / says all; PUT /file?path=P writes; POST /sick makes /healthz fail from then on.
"""

import json
import os
import signal
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SICK: list[bool] = []


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/healthz":
            self._say(500 if SICK else 200, "")
            return
        files = {p: Path(p).read_text() for p in sys.argv[1:] if Path(p).exists()}
        host = os.uname().nodename
        self._say(200, json.dumps({"host": host, "env": dict(os.environ), "files": files}))

    def do_PUT(self) -> None:
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        length = int(self.headers["Content-Length"])
        Path(query["path"][0]).write_bytes(self.rfile.read(length))
        self._say(200, "")

    def do_POST(self) -> None:
        SICK.append(True)
        self._say(200, "")

    def _say(self, status: int, text: str) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        print(f"asked for {self.path}", flush=True)


def bye(*_: object) -> None:
    if "FAREWELL" in os.environ:
        Path(os.environ["FAREWELL"]).write_text("ended well")
    sys.exit(0)


signal.signal(signal.SIGTERM, bye)
print("serving", flush=True)
ThreadingHTTPServer(("0.0.0.0", 8080), Answers).serve_forever()
