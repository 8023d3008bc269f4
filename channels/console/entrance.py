"""The ways into the console that an installation has besides a password, and the files that their pages need."""

from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from channels.rendering import HEADERS, version_of
from intake.ports import PasskeyChecks
from intake.single_sign_on import SingleSignOn


@dataclass(frozen=True)
class Entrance:
    """``origin`` is what browsers call the console. None: no passkeys, no single sign-on."""

    origin: str = ""
    passkey_checks: PasskeyChecks | None = None
    single_sign_on: SingleSignOn | None = None


_FOLDER = Path(__file__).parent.parent / "pages"
_FILES = {"passkeys.js": _FOLDER / "console_passkeys.js", "sign-in.css": _FOLDER / "console_sign_in.css"}

VERSION = version_of(_FILES.values())
"""Stands in the files' addresses, so that browsers may keep them for good."""

_POLICY = HEADERS["Content-Security-Policy"]
WITH_SCRIPT = {"Content-Security-Policy": f"{_POLICY}; script-src 'self'; connect-src 'self'"}
"""The policy of pages that have a script of ours."""


def files() -> list[Route]:
    """The script and the style of these pages: open to everybody, as the sign-in is."""
    return [Route(f"/sign-in/{name}", _send) for name in _FILES]


async def _send(request: Request) -> Response:
    path = _FILES[request.url.path.rpartition("/")[2]]
    return FileResponse(path, headers={"Cache-Control": "public, max-age=31536000, immutable"})
