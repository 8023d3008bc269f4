"""Files for a conversation: taken in as a form, counted before they are read, kept with their turn."""

from dataclasses import dataclass
from typing import NoReturn

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from channels.api.answers import too_often
from channels.api.bodies import read_fields
from channels.api.conversations import Conversations
from channels.api.limits import Rate
from channels.api.problems import NOT_A_FORM_TYPE, TOO_LARGE, WRONG_FIELDS, WRONG_FILE, Kind, Mistake, Problem
from channels.api.shapes import NewFiles
from channels.api.tags import named
from channels.networks import Network, counted_as
from channels.turns import file_of, first_line
from channels.uploads import Refusal, Refused, Sent, Upload, is_form, octets_of, sent, words_of
from intake.policy import Policy

_KINDS = {
    Refusal.TOO_LARGE: TOO_LARGE,
    Refusal.TOO_MANY: WRONG_FIELDS,
    Refusal.EMPTY: WRONG_FIELDS,
}
"""What is told of a file that is not taken; of its kind, that it is wrong."""


@dataclass(frozen=True)
class ConversationFiles:
    """The address /conversations/{id}/files. ``octets`` are an hour's, of a conversation and of an address."""

    talks: Conversations
    policy: Policy
    octets: Rate
    address_octets: Rate
    trusted: tuple[Network, ...] = ()

    async def send(self, request: Request) -> Response:
        """A turn with files; answers with it and all that was said since."""
        conversation = await self.talks.own(request)
        if not is_form(request):
            raise Problem(NOT_A_FORM_TYPE)
        self._count(request, conversation)
        async with sent(request) as form:
            body = read_fields(_fields(form), NewFiles)
            language = named(body.language, self.policy)
            if form.refused:
                self._refuse(form.refused)
            contact = await self.talks.keep(conversation, body.turn_id, body.text, files=form.files, language=language)
            return await self.talks.since(conversation, contact, lambda raw: _is_same(raw, body.text, form.files))

    def _count(self, request: Request, conversation: str) -> None:
        octets, client = octets_of(request), request.client
        address = counted_as(client.host if client else "", self.trusted)
        seconds = self.talks.turns_a_minute.wait(conversation)
        if seconds := seconds or self.octets.wait(conversation, octets) or self.address_octets.wait(address, octets):
            raise too_often(seconds)

    def _refuse(self, refused: tuple[Refused, ...]) -> NoReturn:
        kind: Kind = _KINDS.get(refused[0].why, WRONG_FILE)
        raise Problem(kind, [self._mistake(each) for each in refused])

    def _mistake(self, refused: Refused) -> Mistake:
        """By its place: its name is not repeated."""
        words = words_of(Refused("", refused.why), self.policy)
        return Mistake(detail=words, pointer="#/files" if refused.number is None else f"#/files/{refused.number}")


def _fields(form: Sent) -> dict[str, object]:
    """What was sent under which name; of files, how many."""
    fields: dict[str, object] = {
        name: b"" if isinstance(value, UploadFile) else value for name, value in form.form.multi_items()
    }
    count = len(form.files) + len(form.refused)
    return {**fields, "files": [b""] * count}


def _is_same(raw: bytes, text: str, files: tuple[Upload, ...]) -> bool:
    kept = first_line(raw)
    found = (file_of(raw, number) for number in range(len(files)))
    same = len(kept.get("files", ())) == len(files) and kept.get("text") == text
    return same and all(kept and kept[1] == file.data for kept, file in zip(found, files, strict=True))
