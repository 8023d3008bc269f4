"""GOV.UK Frontend's style sheet and script, fetched at set-up (fetch.sh), and how they are served."""

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

_HERE = Path(__file__).parent
_PAGES = _HERE.parent / "pages"
_FILES = {
    "govuk-frontend.min.css": _HERE / "made" / "govuk-frontend.min.css",
    "govuk-frontend.min.js": _HERE / "made" / "govuk-frontend.min.js",
    "council.css": _PAGES / "council.css",
    "form.js": _PAGES / "form.js",
}
_FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}

MISSING = (
    "The web form has no look: GOV.UK Frontend is not here (channels/govuk/made). It works without. "
    "When npm's registry can be reached, run `make styles`, then start Rightdoor again."
)


def is_there() -> bool:
    """Was it fetched?"""
    return all(path.is_file() for path in _FILES.values())


def version() -> str:
    """Stands in the files' addresses, so that browsers may keep them for good."""
    there = (path.read_bytes() for path in _FILES.values() if path.is_file())
    return hashlib.sha256(b"".join(there)).hexdigest()[:12]


def route() -> Route:
    """Where the files are served. The script's files stand beside each other, so that one can import the other."""
    return Route("/govuk/{version}/{name}", _send)


async def _send(request: Request) -> Response:
    path = _FILES.get(request.path_params["name"])
    if path is None or not path.is_file():
        return Response(status_code=404)
    return FileResponse(path, headers=_FOR_GOOD)
