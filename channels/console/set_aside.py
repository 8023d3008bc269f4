"""What was set aside: lists of it, each piece with its error in words, and ways to bring it to a known end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from channels.addresses import EMAIL
from channels.console.contacts import ATTEMPTS, STATES_OF_LETTERS
from channels.console.guard import Door, officer
from channels.console.live import ago
from channels.console.shown import Shown, page_number
from channels.files.file_pages import FilePages
from channels.rendering import typed
from intake.addresses import one_spelling
from intake.aside_view import SET_ASIDE
from intake.contact import Person
from intake.rights import Right
from intake.set_aside import SetAside, Typed, may_be_typed

_CONTACT = "/set-aside/contacts/{contact}"
_MAIL = "/set-aside/mail/{mail}"
_MESSAGE = "/set-aside/messages/{message}"
_LONG, _SHORT, _LONGEST_WHY = 20_000, 300, 500
_TOO_LATE = "A colleague dealt with this before you, so nothing was changed. See below what was done"
_NO_REASON = "Say in a few words why there is nothing to do"
_DONE = {"again": "It is being tried again", "attached": "It was attached", "left": "It was put away"}
_DONE |= {"by_hand": "It is being handled as you wrote it", "sent": "The letter is being sent again"}


@dataclass(frozen=True)
class SetAsideRoom:
    """Its pages."""

    aside: SetAside
    shown: Shown
    files: FilePages

    def doors(self) -> Sequence[Door]:
        """What each asks for."""
        posts = {
            _CONTACT: self.try_again,
            f"{_CONTACT}/attach": self.attach,
            f"{_CONTACT}/by-hand": self.by_hand,
            f"{_CONTACT}/nothing": self.leave,
            _MAIL: self.send_again,
            f"{_MAIL}/address": self.readdress,
            f"{_MAIL}/nothing": self.leave_mail,
            f"{_MESSAGE}/nothing": self.leave_message,
        }
        return (
            Door("/set-aside", Right.SEE_ASIDE, self.contacts),
            Door("/set-aside/mail", Right.SEE_ASIDE, self.mail),
            Door("/set-aside/messages", Right.SEE_ASIDE, self.messages),
            Door(_MESSAGE, Right.SEE_ASIDE, self.message),
            Door("/set-aside/mailboxes", Right.SEE_ASIDE, self.mailboxes),
            Door(_CONTACT, Right.SEE_ASIDE, self.contact),
            Door(_MAIL, Right.SEE_ASIDE, self.letter),
            *(Door(path, Right.MEND, page, "POST") for path, page in posts.items()),
        )

    # --- lists ------------------------------------------------------------------------------------------------------

    async def contacts(self, request: Request) -> Response:
        """Contacts that could not be handled, oldest first."""
        scope, only = officer(request).scope, request.query_params.get("only", "")
        page = await self.aside.contacts(only, page_number(request.query_params), scope)
        return await self._list(request, "console_aside_contacts.html", page=page, only=only, sort="contacts")

    async def mail(self, request: Request) -> Response:
        """Letters that could not be sent, oldest first."""
        scope, only = officer(request).scope, request.query_params.get("only", "")
        page = await self.aside.mail(only, page_number(request.query_params), scope)
        return await self._list(request, "console_aside_mail.html", page=page, only=only, sort="mail")

    async def messages(self, request: Request) -> Response:
        """What Telegram did not take, oldest first."""
        page = await self.aside.messages(page_number(request.query_params), officer(request).scope)
        return await self._list(request, "console_aside_messages.html", page=page, only="", sort="")

    async def mailboxes(self, request: Request) -> Response:
        """Mailboxes in trouble."""
        return await self._list(request, "console_aside_mailboxes.html", boxes=await self.aside.mailboxes())

    async def _list(self, request: Request, template: str, **values: Any) -> Response:
        counted = await self.aside.counted(officer(request).scope)
        done = _DONE.get(request.query_params.get("done", ""), "")
        return self._page(request, template, counted=counted, done=done, **values)

    # --- contacts ---------------------------------------------------------------------------------------------------

    async def contact(self, request: Request) -> Response:
        """One contact, its original as plain text, and what can be done with it."""
        return await self._contact(request)

    async def try_again(self, request: Request) -> Response:
        """It is handled anew."""
        done = await self.aside.try_again(request.path_params["contact"], officer(request))
        return self._list_again("/set-aside", "again") if done else await self._contact(request, 409, refused=_TOO_LATE)

    async def attach(self, request: Request) -> Response:
        """It belongs to a conversation that we have."""
        form, who, contact = await request.form(), officer(request), request.path_params["contact"]
        target = typed(form, "target")
        if await self.aside.target(target, who) is None:
            wrong = {"find": "There is no case or conversation of this reference that you can see. Check it"}
            return await self._contact(request, 422, wrong=wrong, find=target)
        if not await self.aside.attach(contact, target, not typed(form, "no_answer"), who):
            return await self._contact(request, 409, refused=_TOO_LATE)
        return self._list_again("/set-aside", "attached")

    async def by_hand(self, request: Request) -> Response:
        """It is handled as what an officer read in it."""
        form, contact = await request.form(), request.path_params["contact"]
        written, wrong = _typed(form), {}
        if not any(letter.isalnum() for letter in written.text):
            wrong["text"] = "Type what it says"
        if written.person.email and not EMAIL.fullmatch(written.person.email):
            wrong["email"] = "Type the email address in full, such as name@example.org, or leave it empty"
        if wrong:
            return await self._contact(request, 422, wrong=wrong, written=written)
        if not await self.aside.by_hand(contact, written, officer(request)):
            return await self._contact(request, 409, refused=_TOO_LATE)
        return self._list_again("/set-aside", "by_hand")

    async def leave(self, request: Request) -> Response:
        """There is nothing to do with it."""
        why = typed(await request.form(), "why")[:_LONGEST_WHY]
        if not why:
            return await self._contact(request, 422, wrong={"why": _NO_REASON})
        done = await self.aside.leave(request.path_params["contact"], why, officer(request))
        return self._list_again("/set-aside", "left") if done else await self._contact(request, 409, refused=_TOO_LATE)

    async def _contact(
        self,
        request: Request,
        status: int = 200,
        refused: str = "",
        wrong: dict[str, str] | None = None,
        written: Typed | None = None,
        find: str = "",
    ) -> Response:
        who = officer(request)
        view = await self.aside.contact(request.path_params["contact"], who)
        if view is None:
            raise HTTPException(404)
        find = find or request.query_params.get("find", "")[:80]
        target = await self.aside.target(find, who)
        wrong = wrong or {}
        if find and target is None and "find" not in wrong:
            wrong = {"find": "There is no case or conversation of this reference that you can see. Check it"}
        known = view.read
        return self._page(
            request,
            "console_aside_contact.html",
            status,
            view=view,
            waits=view.line.state == SET_ASIDE,
            files=self.files.lines_of(view.files, who),
            refused=refused,
            wrong=wrong,
            find=find,
            target=target,
            may_be_typed=may_be_typed(known),
            written=written or Typed(known.text, known.subject, known.person),
        )

    # --- mail -------------------------------------------------------------------------------------------------------

    async def letter(self, request: Request) -> Response:
        """One letter, every attempt at sending it, and what can be done with it."""
        return await self._letter(request)

    async def send_again(self, request: Request) -> Response:
        """It is sent anew."""
        if not await self.aside.send_again(request.path_params["mail"], officer(request)):
            return await self._letter(request, 409, refused=_TOO_LATE)
        return self._list_again("/set-aside/mail", "sent")

    async def readdress(self, request: Request) -> Response:
        """It is sent anew, to the right address."""
        to = one_spelling(typed(await request.form(), "to")[:_SHORT])
        if not EMAIL.fullmatch(to):
            wrong = {"to": "Type the email address in full, such as name@example.org"}
            return await self._letter(request, 422, wrong=wrong, to=to)
        if not await self.aside.send_again(request.path_params["mail"], officer(request), to):
            return await self._letter(request, 409, refused=_TOO_LATE)
        return self._list_again("/set-aside/mail", "sent")

    async def leave_mail(self, request: Request) -> Response:
        """It is not sent."""
        why = typed(await request.form(), "why")[:_LONGEST_WHY]
        if not why:
            return await self._letter(request, 422, wrong={"why": _NO_REASON})
        if not await self.aside.leave_mail(request.path_params["mail"], why, officer(request)):
            return await self._letter(request, 409, refused=_TOO_LATE)
        return self._list_again("/set-aside/mail", "left")

    async def _letter(
        self,
        request: Request,
        status: int = 200,
        refused: str = "",
        wrong: dict[str, str] | None = None,
        to: str | None = None,
    ) -> Response:
        view = await self.aside.letter(request.path_params["mail"], officer(request))
        if view is None:
            raise HTTPException(404)
        return self._page(
            request,
            "console_aside_letter.html",
            status,
            view=view,
            waits=view.line.state == SET_ASIDE,
            refused=refused,
            wrong=wrong or {},
            to=view.line.to if to is None else to,
            attempt_ends=ATTEMPTS,
            letter_states=STATES_OF_LETTERS,
        )

    # --- messages ---------------------------------------------------------------------------------------------------

    async def message(self, request: Request) -> Response:
        """A message that Telegram did not take, or a chat that is closed to us, and what can be done."""
        return await self._message(request)

    async def leave_message(self, request: Request) -> Response:
        """There is nothing to do with it."""
        why = typed(await request.form(), "why")[:_LONGEST_WHY]
        if not why:
            return await self._message(request, 422, wrong={"why": _NO_REASON})
        if not await self.aside.leave_message(request.path_params["message"], why, officer(request)):
            return await self._message(request, 409, refused=_TOO_LATE)
        return self._list_again("/set-aside/messages", "left")

    async def _message(
        self, request: Request, status: int = 200, refused: str = "", wrong: dict[str, str] | None = None
    ) -> Response:
        view = await self.aside.message(request.path_params["message"], officer(request))
        if view is None:
            raise HTTPException(404)
        waits = view.line.state == SET_ASIDE
        values = {"view": view, "waits": waits, "refused": refused, "wrong": wrong or {}}
        return self._page(request, "console_aside_message.html", status, **values)

    # --- around -----------------------------------------------------------------------------------------------------

    def _page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        now: datetime = self.shown.clock()
        return self.shown.page(request, template, status, now=now, ago=ago, **values)

    def _list_again(self, path: str, done: str) -> Response:
        return RedirectResponse(f"{path}?done={done}", 303)


def _typed(form: FormData) -> Typed:
    person = Person(
        name=typed(form, "name")[:_SHORT],
        email=one_spelling(typed(form, "email")[:_SHORT]),
        phone=typed(form, "phone")[:_SHORT],
        address=typed(form, "address")[:_SHORT],
    )
    return Typed(typed(form, "text")[:_LONG], typed(form, "subject")[:_SHORT], person)
