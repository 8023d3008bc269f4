"""What an address of the API is: the one table from which routes, OpenAPI and docs are made."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from channels.api.problems import (
    KEY_USED,
    NO_SUCH_CASE,
    NOT_A_FORM,
    NOT_A_FORM_TYPE,
    NOT_A_JSON_TYPE,
    NOT_JSON,
    NOT_KEPT,
    NOT_YOURS,
    OUR_FAULT,
    TOO_LARGE,
    TOO_OFTEN,
    TOO_SLOW,
    TURN_USED,
    WRONG_FIELDS,
    WRONG_FILE,
    WRONG_KEY,
    Kind,
)
from channels.api.shapes import (
    AskedStatus,
    Begun,
    ContactKept,
    NewContact,
    NewConversation,
    NewFiles,
    NewTurn,
    Status,
    Taken,
    Turns,
)

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Parameter:
    """Something that may be sent in a header or in the address's query."""

    name: str
    where: str
    description: str


@dataclass(frozen=True)
class Operation:
    """One address with its method. ``answers`` are shapes by status; ``problems`` come besides those of every address.

    ``needs_token``: only for who shows the conversation's token. ``streams``: answers with server-sent events.
    ``form``: its body is a form with files, rather than JSON.
    """

    key: str
    method: str
    path: str
    summary: str
    answers: Mapping[int, type[BaseModel]]
    takes: type[Taken] | None = None
    problems: Sequence[Kind] = ()
    parameters: Sequence[Parameter] = ()
    needs_token: bool = False
    streams: bool = False
    form: bool = False
    example: Mapping[str, object] = field(default_factory=dict)

    @property
    def all_problems(self) -> tuple[Kind, ...]:
        """Every kind of problem that it may answer with."""
        body = (*(_OF_FORMS if self.form else _OF_JSON), TOO_LARGE, WRONG_FIELDS) if self.takes else ()
        token = (NOT_YOURS,) if self.needs_token else ()
        return tuple(dict.fromkeys((*body, *token, *self.problems, TOO_OFTEN, OUR_FAULT)))


_OF_JSON = (NOT_JSON, NOT_A_JSON_TYPE)
_OF_FORMS = (NOT_A_FORM, NOT_A_FORM_TYPE, TOO_SLOW, WRONG_FILE)

AFTER = Parameter("after", "query", "The number of the last turn that you have; only later ones are sent.")

OPERATIONS = (
    Operation(
        key="begin",
        method="POST",
        path="/conversations",
        summary="Begin a conversation, with its first words where there are any.",
        takes=NewConversation,
        answers={201: Begun},
        problems=(NOT_KEPT,),
        example={"channel": "webchat", "text": "My bin was missed again."},
    ),
    Operation(
        key="say",
        method="POST",
        path="/conversations/{id}/turns",
        summary="Say something, and get the answer. 202: it is kept, and the answer comes later.",
        takes=NewTurn,
        answers={200: Turns, 202: Turns},
        problems=(TURN_USED, NOT_KEPT),
        needs_token=True,
        example={"turn_id": "5b7c", "text": "It is about 14 Elm Road."},
    ),
    Operation(
        key="send_files",
        method="POST",
        path="/conversations/{id}/files",
        summary="Send files, with words if you like, and get the answer. 202: kept, and the answer comes later.",
        takes=NewFiles,
        answers={200: Turns, 202: Turns},
        problems=(TURN_USED, NOT_KEPT),
        needs_token=True,
        form=True,
        example={"turn_id": "5b7d", "text": "This is the bin.", "files": ["(the octets of bin.jpg)"]},
    ),
    Operation(
        key="read",
        method="GET",
        path="/conversations/{id}/turns",
        summary="Read what was said.",
        answers={200: Turns},
        problems=(WRONG_FIELDS,),
        parameters=(AFTER,),
        needs_token=True,
    ),
    Operation(
        key="stream",
        method="GET",
        path="/conversations/{id}/events",
        summary=(
            "Be told of every turn as it is said, by server-sent events: “turn” with a turn, “state” with holder and "
            "state. The stream ends after 5 minutes; come again with Last-Event-ID."
        ),
        answers={200: Turns},
        problems=(WRONG_FIELDS,),
        parameters=(
            AFTER,
            Parameter("Last-Event-ID", "header", "The id of the last event that you have: the number of its turn."),
        ),
        needs_token=True,
        streams=True,
    ),
    Operation(
        key="hand_in",
        method="POST",
        path="/contacts",
        summary="Hand in one whole contact, such as a form that was filled in elsewhere. 202: we have it.",
        takes=NewContact,
        answers={202: ContactKept},
        problems=(WRONG_KEY, KEY_USED, NOT_KEPT),
        parameters=(
            Parameter(
                "Idempotency-Key",
                "header",
                "Yours, for each contact: sent again with the same key, the same contact is kept once.",
            ),
        ),
        example={
            "channel": "web_form",
            "name": "Anne Shaw",
            "email": "anne.shaw@example.org",
            "text": "I want to complain. The pothole in Elm Road was never mended.",
        },
    ),
    Operation(
        key="status",
        method="POST",
        path="/cases/status",
        summary="How a case is getting on, for who has its reference and code.",
        takes=AskedStatus,
        answers={200: Status},
        problems=(NO_SUCH_CASE,),
        example={"reference": "BC-7K3M-9Q2X", "code": "4H7D-2MKP"},
    ),
)
