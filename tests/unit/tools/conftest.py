"""A cache of its own for each test, and small tools that are fetched or built in a second."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra.tools.manifest import ROOT, this_platform

Fetch = Callable[..., "subprocess.CompletedProcess[str]"]

HELLO = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello 1.2.3") }\n'


@pytest.fixture
def cache_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty XDG cache. Go's own caches stay the machine's: they are checked by content."""
    if "GOCACHE" not in os.environ:
        go_cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "go-build"
        monkeypatch.setenv("GOCACHE", str(go_cache))
    home = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    return home


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder with a versions.toml that names one tool, `hello`, made of one file."""
    folder = tmp_path / "house"
    (folder / "hello").mkdir(parents=True)
    (folder / "hello/go.mod").write_text("module example.org/hello\n\ngo 1.26.0\n")
    (folder / "hello/go.sum").write_text("")
    (folder / "hello/main.go").write_text(HELLO)
    write_versions(folder)
    return folder


def write_versions(house: Path, *, url: str = "", sha256: str = "") -> None:
    release = (
        f'[tools.hello.release]\nurl = "{url}"\nsha256.{"_".join(this_platform())} = "{sha256}"'
    )
    (house / "versions.toml").write_text(
        f"""
        [go]
        minimum = "1.26"
        toolchain = "1.26.8"
        [tools.hello]
        kind = "go"
        version = "1.2.3"
        wanted = "first"
        why = "greets"
        folder = "hello"
        package = "example.org/hello"
        cold_seconds = 5
        version_argv = ["version"]
        {release if url else ""}
        """
    )


@pytest.fixture
def fetch(cache_home: Path, house: Path) -> Fetch:
    """Run `fetch.py` on the small house, as a person would."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "infra/tools/fetch.py", "--versions", str(house / "versions.toml")]
        return subprocess.run(
            [*argv, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )

    return run


def archive(folder: Path, script: str) -> tuple[Path, str]:
    """A vendor's release with a program `hello` in it, and its SHA-256."""
    path = folder / "hello-1.2.3.tar.gz"
    with tarfile.open(path, "w:gz") as bundle:
        member = tarfile.TarInfo("hello-1.2.3/bin/hello")
        member.size = len(script.encode())
        bundle.addfile(member, io.BytesIO(script.encode()))
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


class Vendor(ThreadingHTTPServer):
    """A vendor's download server on the loopback that remembers the headers it was asked with."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[dict[str, str]] = []
        super().__init__(("127.0.0.1", 0), partial(_Ranges, directory=str(folder)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Ranges(SimpleHTTPRequestHandler):
    """Answers `Range: bytes=N-` (RFC 9110 §14), which the standard handler does not."""

    server: Vendor

    def do_GET(self) -> None:
        self.server.asked.append(dict(self.headers))
        wanted = self.headers.get("Range")
        if wanted is None:
            super().do_GET()
            return
        first = int(wanted.removeprefix("bytes=").removesuffix("-"))
        body = Path(self.translate_path(self.path)).read_bytes()
        self.send_response(206 if first < len(body) else 416)
        self.send_header("Content-Range", f"bytes {first}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body[first:])))
        self.end_headers()
        self.wfile.write(body[first:])

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[Vendor]:
    folder = tmp_path / "vendor"
    folder.mkdir()
    with Vendor(folder) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
