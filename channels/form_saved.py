"""A form that is saved for later, and the code to come back with."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from channels.chat_visits import is_from_elsewhere
from channels.form_room import Room
from channels.form_visits import visit_of
from channels.rendering import typed


@dataclass(frozen=True)
class Saved:
    """Saving for later."""

    room: Room

    async def saved(self, request: Request) -> Response:
        """The code to come back with."""
        draft, gone = await self.room.theirs(request)
        if draft is None:
            return gone
        next_page = self.room.next(self.room.plan(draft), draft)
        if not draft.saved:
            return RedirectResponse(next_page, 303)
        return self.room.pages.saved(visit_of(request).code, draft.expires_at, next_page)

    async def ask_code(self, request: Request) -> Response:
        """Asks for the code of a saved form."""
        visit = visit_of(request)
        return self.room.with_cookie(request, visit, self.room.pages.come_back("", visit.form_token))

    async def come_back(self, request: Request) -> Response:
        """Open the form of a code. An unknown code, a sent form and one whose time is over get the same answer."""
        visit, form = visit_of(request), await request.form()
        code, say = typed(form, "code")[:100], self.room.pages.say
        if not visit.sent_by(typed(form, "form_token")) or is_from_elsewhere(request):
            page = self.room.pages.come_back(code, visit.form_token, say("not_ours"), 403)
            return self.room.with_cookie(request, visit, page)
        if self.room.too_fast(request):
            return self.room.pages.come_back(code, visit.form_token, say("return_too_often"), 429)
        try:
            found = await self.room.drafts.come_back(code)
        except Exception as error:
            return self.room.down(error)
        if found is None:
            wrong = say("return_unknown" if code else "return_empty")
            return self.room.pages.come_back(code, visit.form_token, wrong, 422)
        draft = await self.room.drafts.of(found)
        opened = RedirectResponse(self.room.next(self.room.plan(draft), draft) if draft else "/contact", 303)
        return self.room.with_cookie(request, found, opened)
