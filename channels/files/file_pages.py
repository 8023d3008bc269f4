"""A contact's files for officers: each with its state, its download, and pictures made anew. No cookie is read here.

The address itself says who may open it (intake.files.Link): nothing that a file might do in a browser finds a session.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.files.pictures import Pictures
from channels.rendering import Pages
from intake.desk import Desk
from intake.desk_view import ContactView
from intake.files import LINK_LASTS, File, FileState, saved_name
from intake.officers import SignedIn

HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}

STATES = {
    FileState.WAITING: "Not checked yet",
    FileState.CLEAN: "Checked, no virus found",
    FileState.INFECTED: "Harmful",
    FileState.UNSCANNED: "Not checked for viruses, as no scanner is set",
}

_ASK_ANEW = "Go back to the contact, load its page again and select the file once more."
_GONE = (
    "This link does not work",
    f"Links to files work for {LINK_LASTS.seconds // 60} minutes, while you are signed in. {_ASK_ANEW}",
)
_LOST = ("This file could not be taken out", "Go back to the contact and download its original instead.")
_CLOSED = {
    FileState.WAITING: (409, ("This file is not checked yet", f"It is still being checked for viruses. {_ASK_ANEW}")),
    FileState.INFECTED: (403, ("This file is harmful", "A virus was found in it, so it cannot be downloaded.")),
}
_NOT_SHOWN = "Go back to the contact and download it as a file. Be careful with files from people you do not know."


@dataclass(frozen=True)
class FileLine:
    """One file as the contact's page shows it. ``link`` is empty where it may not be downloaded."""

    file: File
    state: str
    link: str


@dataclass(frozen=True)
class FilePages:
    """The pages."""

    desk: Desk
    pages: Pages
    pictures: Pictures

    def routes(self) -> list[Route]:
        """Open to whoever holds a link."""
        return [Route("/files/{link}", self.download), Route("/pictures/{link}", self.picture)]

    def lines(self, view: ContactView, officer: SignedIn) -> Sequence[FileLine]:
        """A contact's files, with links for this officer."""
        return self.lines_of(view.files, officer)

    def lines_of(self, files: Sequence[File], officer: SignedIn) -> Sequence[FileLine]:
        """These files, with links for this officer."""
        return [
            FileLine(file, _state(file), self.desk.link(file, officer) if file.may_be_downloaded else "")
            for file in files
        ]

    async def download(self, request: Request) -> Response:
        """The bytes of a file, which no browser opens."""
        found = await self._opened(request)
        if isinstance(found, Response):
            return found
        file, data = found
        headers = HEADERS | {"Content-Disposition": disposition(saved_name(file.attachment.name))}
        return Response(data, media_type="application/octet-stream", headers=headers)

    async def picture(self, request: Request) -> Response:
        """A picture made anew, or why it isn't."""
        found = await self._opened(request)
        if isinstance(found, Response):
            return found
        preview = await self.pictures.preview(found[1])
        if preview.refused:
            return self._said(422, "This picture is not shown", f"{preview.refused}. {_NOT_SHOWN}")
        return Response(preview.jpeg, media_type="image/jpeg", headers=HEADERS)

    async def _opened(self, request: Request) -> tuple[File, bytes] | Response:
        """The file and its bytes, or the page that says why not."""
        file = await self.desk.file(request.path_params["link"])
        if file is None:
            return self._said(404, *_GONE)
        if file.state in _CLOSED:
            status, words = _CLOSED[file.state]
            return self._said(status, *words)
        data = await self.desk.contents(file)
        return (file, data) if data is not None else self._said(404, *_LOST)

    def _said(self, status: int, heading: str, advice: str) -> Response:
        return self.pages.show("problem.html", status, heading=heading, advice=advice)


def disposition(name: str) -> str:
    """Content-Disposition for a name that may be saved: once in ASCII, once whole (RFC 6266 section 4.3, RFC 8187)."""
    plain = "".join(sign if sign.isascii() and sign != "%" else "_" for sign in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _state(file: File) -> str:
    return f"{STATES[file.state]}: {file.line}" if file.line else STATES[file.state]
