"""Fetches a vendor's release archive, checks its SHA-256 and takes the one program out of it.

An archive whose sum is wrong is never opened.
"""

from __future__ import annotations

import hashlib
import http.client
import shutil
import tarfile
import zipfile
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from infra.tools import cache
from infra.tools.manifest import GoTool, Release, ToolError, WrongSum
from infra.tools.progress import Step

TIMEOUT = 10.0  # seconds without a byte; a machine without the open internet must not hang
CHUNK = 1 << 18


class Unreachable(ToolError):
    """The vendor's server gave no archive. Building is the way on."""


def fetch(tool: GoTool, release: Release, *, target: Path, step: Step) -> None:
    """Write the program of the release to `target`.

    An interrupted download goes on where it stopped. Raises `Unreachable`, `WrongSum`.
    """
    part = cache.root() / "downloads" / f"{release.sha256}.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    resumed = _download(release.url, part, step=step)
    found = sha256_of(part)
    if found != release.sha256 and resumed:
        # What lay there from an earlier try may be the bad half: once more, from the start.
        part.unlink()
        _download(release.url, part, step=step)
        found = sha256_of(part)
    if found != release.sha256:
        part.unlink()
        raise WrongSum(
            f"{tool.label}: WRONG SUM. {release.url}\n"
            f"  expected SHA-256 {release.sha256}\n  received SHA-256 {found}\n"
            "  Nothing was installed. Either the download was tampered with, or versions.toml is"
            " out of date: compare with the sums the vendor publishes."
        )
    _extract(part, name=tool.name, target=target)
    part.unlink()


def _download(url: str, part: Path, *, step: Step) -> bool:
    """Fetch `url` into `part`; whether it went on from bytes that were there."""
    have = part.stat().st_size if part.exists() else 0
    request = Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urlopen(request, timeout=TIMEOUT) as answer:
            resumed = have > 0 and answer.status == 206
            done, left = (have if resumed else 0), int(answer.headers.get("Content-Length") or 0)
            total = done + left
            with part.open("ab" if resumed else "wb") as out:
                while chunk := answer.read(CHUNK):
                    out.write(chunk)
                    done += len(chunk)
                    step.say(f"downloading, {done >> 20} of {total >> 20} MB")
            if left and done < total:
                raise Unreachable(f"{url} stopped after {done} of {total} bytes")
    except (URLError, OSError, http.client.HTTPException) as error:
        if getattr(error, "code", None) == 416:  # the part already holds every byte
            return True
        raise Unreachable(f"{url}: {error}") from error
    return resumed


def sha256_of(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _extract(archive: Path, *, name: str, target: Path) -> None:
    """Write the file called `name`, in whatever folder of the zip or tar it lies, to `target`."""
    unpack = _from_zip if zipfile.is_zipfile(archive) else _from_tar
    if not unpack(archive, name, target):
        raise ToolError(f"no file {name!r} in the release archive")


def _from_zip(archive: Path, name: str, target: Path) -> bool:
    with zipfile.ZipFile(archive) as bundle:
        for entry in bundle.infolist():
            if Path(entry.filename).name == name and not entry.is_dir():
                with bundle.open(entry) as source, target.open("wb") as out:
                    shutil.copyfileobj(source, out)
                return True
    return False


def _from_tar(archive: Path, name: str, target: Path) -> bool:
    with tarfile.open(archive) as bundle:
        for member in bundle:
            if Path(member.name).name == name and (source := bundle.extractfile(member)):
                with source, target.open("wb") as out:
                    shutil.copyfileobj(source, out)
                return True
    return False
