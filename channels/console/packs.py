"""The administration of policy packs: the one in use, another to check, to try on past contacts, and to use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from channels.console.guard import Door, officer
from channels.console.live import ago
from channels.console.shown import Shown
from channels.pack_uploads import LARGEST, is_archive, read_upload
from channels.rendering import typed, whole_number
from intake.errors import SendersMove, WrongPack
from intake.pack_desk import MOST_CHANGES, MOST_REPLAYED, PackDesk
from intake.packs import CheckedPack
from intake.rights import Right

_LIST = "/administration/packs"
_ONE = f"{_LIST}/{{pack}}"
_TOO_LATE = "Another administrator activated a pack before you, so nothing was changed. See below which one"


@dataclass(frozen=True)
class PacksRoom:
    """Its pages."""

    desk: PackDesk
    shown: Shown

    def doors(self) -> Sequence[Door]:
        """All are for administrators, and for auditors to read. None shows what a resident wrote."""
        return (
            Door(_LIST, Right.SEE_ADMINISTRATION, self.packs),
            Door(_LIST, Right.ADMINISTER, self.upload, "POST", octets=LARGEST),
            Door(_ONE, Right.SEE_ADMINISTRATION, self.pack),
            Door(f"{_ONE}/replay", Right.SEE_ADMINISTRATION, self.replay),
            Door(f"{_ONE}/activate", Right.ADMINISTER, self.activate, "POST"),
        )

    async def packs(self, request: Request) -> Response:
        """The pack in use, the others that are kept, and which were used when."""
        return await self._packs(request)

    async def upload(self, request: Request) -> Response:
        """Take in a pack that has no mistakes. Single files go over those of the pack in use."""
        sent = await _sent(await request.form())
        try:
            files = dict(read_upload(sent))
        except SendersMove as error:
            return await self._packs(request, 422, refused=str(error))
        if not is_archive(sent):
            files = {**(await self.desk.in_use()).pack.files, **files}
        digest, found = await self.desk.take_in(files, officer(request))
        return RedirectResponse(f"{_LIST}/{digest}", 303) if digest else await self._packs(request, 422, found=found)

    async def pack(self, request: Request) -> Response:
        """One pack: what is found in it, and its files."""
        return await self._pack(request)

    async def replay(self, request: Request) -> Response:
        """What it would have decided otherwise about past contacts."""
        try:
            days = _day(request, "from"), _day(request, "to")
        except ValueError:
            return await self._pack(request, 422, refused="Type days as 2026-11-26, or leave them out")
        pack = await self.desk.pack(request.path_params["pack"])
        if pack is None:
            raise HTTPException(404)
        try:
            tried = await self.desk.replay(pack, *days)
        except WrongPack as error:
            return await self._pack(request, 422, refused=str(error.mistakes[0]))
        return await self._pack(request, tried=tried)

    async def activate(self, request: Request) -> Response:
        """It is used from now on."""
        pack, form = request.path_params["pack"], await request.form()
        number = whole_number(typed(form, "seen"), 9, -1)
        if await self.desk.pack(pack) is None:
            raise HTTPException(404)
        try:
            used = await self.desk.activate(pack, number, officer(request))
        except WrongPack as error:
            return await self._pack(request, 422, refused=f"It has mistakes and can’t be used: {error.mistakes[0]}")
        return RedirectResponse(_LIST, 303) if used else await self._packs(request, 409, refused=_TOO_LATE)

    async def _packs(
        self, request: Request, status: int = 200, refused: str = "", found: CheckedPack | None = None
    ) -> Response:
        values = {"used": await self.desk.in_use(), "kept": await self.desk.kept(), "own": await self.desk.of_folder()}
        history = await self.desk.history()
        return self._page(
            request, "console_packs.html", status, refused=refused, found=found, history=history, **values
        )

    async def _pack(self, request: Request, status: int = 200, **values: Any) -> Response:
        pack = await self.desk.pack(request.path_params["pack"])
        if pack is None:
            raise HTTPException(404)
        file = request.query_params.get("file", "")
        shown = {"refused": "", "tried": None, **values}
        return self._page(
            request,
            "console_pack.html",
            status,
            pack=pack,
            used=await self.desk.in_use(),
            found=await self.desk.checked(pack.files),
            file=file if file in pack.files else "",
            days=(request.query_params.get("from", "")[:10], request.query_params.get("to", "")[:10]),
            most=(MOST_REPLAYED, MOST_CHANGES),
            **shown,
        )

    def _page(self, request: Request, template: str, status: int, **values: Any) -> Response:
        now: datetime = self.shown.clock()
        return self.shown.page(request, template, status, now=now, ago=ago, **values)


async def _sent(form: FormData) -> list[tuple[str, bytes]]:
    uploads = [value for value in form.getlist("files") if isinstance(value, UploadFile)]
    sent = [(upload.filename or "", await upload.read()) for upload in uploads]
    return [(name, data) for name, data in sent if name or data]


def _day(request: Request, name: str) -> date | None:
    given = request.query_params.get(name, "")
    return date.fromisoformat(given) if given else None
