"""Administration: what there is to look after, signposts, canned words, and the settings of this installation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from channels.console.entrance import VERSION
from channels.console.guard import Door, officer
from channels.console.shown import Place, Shown
from channels.rendering import typed
from intake.canned import VARIABLES, example
from intake.case_view import LETTER_KINDS
from intake.errors import SendersMove
from intake.policy import CannedWords
from intake.rights import Right
from intake.upkeep_desk import NEW, UpkeepDesk, check_words

_SIGNPOSTS = "/administration/signposts"
_CANNED = "/administration/canned"

_SEEN = Right.SEE_ADMINISTRATION
PLACES: Mapping[Place, str] = {
    Place("/administration/officers", "Officers", _SEEN): "Who may sign in, as what, and who is away",
    Place("/administration/packs", "Policy packs", _SEEN): "Check another, try it, use it, go back",
    Place(_SIGNPOSTS, "Signposts", _SEEN): "Who looks after each, and which are due to be checked",
    Place(_CANNED, "Canned words", _SEEN): "What officers begin their letters with",
    Place("/administration/settings", "Settings", _SEEN): "This installation, its mailboxes and its bot",
    Place("/administration/deeds", "Who did what", Right.AUDIT): "Every change that an officer made",
}
"""Where one may go from the first page, and what for."""


@dataclass(frozen=True)
class AdministrationRoom:
    """Its pages."""

    desk: UpkeepDesk
    shown: Shown

    def doors(self) -> Sequence[Door]:
        """All are for administrators, and for auditors to read. None shows what a resident wrote."""
        one = f"{_SIGNPOSTS}/{{signpost}}"
        words = f"{_CANNED}/{{words}}"
        return (
            Door("/administration", Right.SEE_ADMINISTRATION, self.first),
            Door(_SIGNPOSTS, Right.SEE_ADMINISTRATION, self.signposts),
            Door(f"{one}/checked", Right.ADMINISTER, self.checked, "POST"),
            Door(f"{one}/owner", Right.ADMINISTER, self.give, "POST"),
            Door(_CANNED, Right.SEE_ADMINISTRATION, self.canned),
            Door(words, Right.SEE_ADMINISTRATION, self.words),
            Door(words, Right.ADMINISTER, self.write, "POST"),
            Door(f"{words}/remove", Right.ADMINISTER, self.remove, "POST"),
            Door("/administration/settings", Right.SEE_ADMINISTRATION, self.settings),
        )

    async def first(self, request: Request) -> Response:
        """What there is, each by right."""
        who = officer(request)
        there = {place: about for place, about in PLACES.items() if place.is_for(who)}
        return self.shown.page(request, "console_admin.html", there=there)

    # --- signposts --------------------------------------------------------------------------------------------------

    async def signposts(self, request: Request) -> Response:
        """Every signpost, those due first."""
        return await self._signposts(request)

    async def checked(self, request: Request) -> Response:
        """This officer has checked it today."""
        key = self._signpost(request)
        await self.desk.checked_today(key, officer(request))
        return RedirectResponse(f"{_SIGNPOSTS}?done={key}#{key}", 303)

    async def give(self, request: Request) -> Response:
        """Somebody else looks after it."""
        key, owner = self._signpost(request), typed(await request.form(), "owner")
        try:
            await self.desk.give(key, " ".join(owner.split()), officer(request))
        except SendersMove as error:
            return await self._signposts(request, 422, str(error))
        return RedirectResponse(f"{_SIGNPOSTS}?done={key}#{key}", 303)

    def _signpost(self, request: Request) -> str:
        key: str = request.path_params["signpost"]
        if key not in self.shown.policy.signposts:
            raise HTTPException(404)
        return key

    async def _signposts(self, request: Request, status: int = 200, refused: str = "") -> Response:
        every, months = await self.desk.signposts(), self.shown.policy.signpost_months
        return self.shown.page(
            request,
            "console_admin_signposts.html",
            status,
            every=every,
            months=months,
            refused=refused,
            done=request.query_params.get("done", ""),
            version=VERSION,
        )

    # --- canned words -----------------------------------------------------------------------------------------------

    async def canned(self, request: Request) -> Response:
        """All of them, and where they come from."""
        every = await self.desk.every_words()
        return self.shown.page(request, "console_admin_canned.html", every=every, kinds=LETTER_KINDS, new=NEW)

    async def words(self, request: Request) -> Response:
        """One of them, or a new one, to be changed."""
        return await self._words(request)

    async def write(self, request: Request) -> Response:
        """Look at what was written, or keep it."""
        key, form = request.path_params["words"], await request.form()
        given = _given(form)
        if key != NEW and key not in await self.desk.every_words():
            raise HTTPException(404)
        try:
            check_words(given)
            if typed(form, "deed") == "preview":
                return await self._words(request, 200, given, typed(form, "seen"))
            await self.desk.write(key, given, typed(form, "seen"), officer(request))
        except SendersMove as error:
            return await self._words(request, 422, given, typed(form, "seen"), str(error))
        return RedirectResponse(_CANNED, 303)

    async def remove(self, request: Request) -> Response:
        """Back to the pack's words; those of ours alone are gone."""
        if request.path_params["words"] not in await self.desk.every_words():
            raise HTTPException(404)
        await self.desk.forget(request.path_params["words"], officer(request))
        return RedirectResponse(_CANNED, 303)

    async def _words(
        self,
        request: Request,
        status: int = 200,
        given: CannedWords | None = None,
        seen: str = "",
        refused: str = "",
    ) -> Response:
        key = request.path_params["words"]
        one = (await self.desk.every_words()).get(key)
        if one is None and not (key == NEW and officer(request).may(Right.ADMINISTER)):
            raise HTTPException(404)
        words = given or (one.words if one else CannedWords("", "", ""))
        preview = ""
        if given and not refused:
            preview = example(words.body, officer(request).account.called, self.shown.policy, self.shown.clock())
        return self.shown.page(
            request,
            "console_admin_words.html",
            status,
            one=one,
            here=f"{_CANNED}/{key}",
            words=words,
            seen=seen if given else one.seen if one else "",
            preview=preview,
            refused=refused,
            variables=VARIABLES,
            kinds=LETTER_KINDS,
        )

    # --- the installation -------------------------------------------------------------------------------------------

    async def settings(self, request: Request) -> Response:
        """Its version and settings, without secrets, and how its mailboxes and its bot are."""
        boxes, bots = await self.desk.doors()
        return self.shown.page(
            request, "console_admin_settings.html", installed=self.desk.installed, boxes=boxes, bots=bots
        )


def _given(form: FormData) -> CannedWords:
    body = typed(form, "body").replace("\r\n", "\n").strip()
    return CannedWords(" ".join(typed(form, "title").split()), typed(form, "kind"), body)
