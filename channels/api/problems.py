"""What can be wrong with a request, as application/problem+json (RFC 9457), in words that say what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

DOCS = "/api/v1/docs"
MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """One kind of problem; ``name`` is its place in the docs, to which its type leads."""

    name: str
    status: int
    title: str
    detail: str


NOT_JSON = Kind(
    "not-json", 400, "The body is not JSON", "Send one JSON object in UTF-8, with every control character escaped."
)
WRONG_KEY = Kind(
    "wrong-key",
    400,
    "The Idempotency-Key cannot be used",
    "Use up to 255 visible ASCII characters, such as a UUID, or leave the header out.",
)
NOT_YOURS = Kind(
    "not-yours",
    401,
    "This conversation cannot be opened",
    "Send the token that came with the conversation, as Authorization: Bearer TOKEN. Where it has expired, begin a new "
    "conversation.",
)
NOT_FOUND = Kind("not-found", 404, "There is nothing at this address", f"See {DOCS} for the addresses that there are.")
NO_SUCH_CASE = Kind(
    "no-such-case",
    404,
    "No case has this reference and code",
    "Check both, then try again. They stand in the letter that acknowledged the complaint.",
)
WRONG_METHOD = Kind(
    "wrong-method", 405, "This address does not take this method", "Use a method that the Allow header names."
)
TOO_LARGE = Kind(
    "too-large", 413, "That was too much to send at once", "We have not kept it. Send it in shorter parts, one by one."
)
NOT_A_JSON_TYPE = Kind(
    "not-a-json-type", 415, "The body's type is not JSON", "Send the header Content-Type: application/json."
)
NOT_A_FORM_TYPE = Kind(
    "not-a-form-type",
    415,
    "The body's type is not multipart/form-data",
    "Send files as parts of multipart/form-data, as a browser's form does, with a boundary.",
)
NOT_A_FORM = Kind("not-a-form", 400, "The form cannot be read", "Send multipart/form-data, as RFC 7578 has it.")
TOO_SLOW = Kind("too-slow", 408, "It took too long to reach us", "We have not kept it. Send it again, or less of it.")
WRONG_FILE = Kind(
    "wrong-file",
    415,
    "A file is of a kind that we do not take",
    "We have kept nothing of this turn. Leave out what errors names, or send it as another kind of file.",
)
WRONG_FIELDS = Kind(
    "wrong-fields",
    422,
    "Some fields are not right",
    "We have not kept it. Put right what errors names, and send again.",
)
KEY_USED = Kind(
    "key-used",
    422,
    "This Idempotency-Key was used for another contact",
    "We have kept the first contact, and not this one. Send this one with a key of its own.",
)
TURN_USED = Kind(
    "turn-used",
    422,
    "This turn_id was used for other words",
    "We have kept the first turn, and not this one. Send this one with a turn_id of its own.",
)
TOO_OFTEN = Kind(
    "too-often", 429, "Too many requests", "We have not kept it. Wait as long as Retry-After says, then send it again."
)
OUR_FAULT = Kind(
    "our-fault", 500, "Something of ours failed", "Send it again in a few minutes, under the same id or key."
)
NOT_KEPT = Kind("not-kept", 503, "We could not keep it", "We do not have it. Send it again in a few minutes.")

KINDS = (
    NOT_JSON,
    WRONG_KEY,
    NOT_YOURS,
    NOT_FOUND,
    NO_SUCH_CASE,
    WRONG_METHOD,
    TOO_LARGE,
    NOT_A_JSON_TYPE,
    NOT_A_FORM,
    NOT_A_FORM_TYPE,
    TOO_SLOW,
    WRONG_FILE,
    WRONG_FIELDS,
    KEY_USED,
    TURN_USED,
    TOO_OFTEN,
    OUR_FAULT,
    NOT_KEPT,
)
_BY_STATUS = {400: NOT_A_FORM, 408: TOO_SLOW, 404: NOT_FOUND, 405: WRONG_METHOD, 413: TOO_LARGE}


class Mistake(BaseModel):
    """One thing to put right: what, and where in the body (a JSON pointer) or which parameter of the address."""

    model_config = ConfigDict(extra="forbid")

    detail: str
    pointer: str | None = Field(None, examples=["#/text"])
    parameter: str | None = Field(None, examples=["after"])


class ProblemTold(BaseModel):
    """A problem (RFC 9457)."""

    model_config = ConfigDict(extra="forbid", title="Problem")

    type: str = Field(examples=[f"{DOCS}#{WRONG_FIELDS.name}"])
    title: str
    status: int
    detail: str
    errors: list[Mistake] | None = None


class Problem(HTTPException):
    """Raised wherever a request cannot be served."""

    def __init__(
        self, kind: Kind, errors: Sequence[Mistake] = (), headers: Mapping[str, str] | None = None, detail: str = ""
    ) -> None:
        super().__init__(kind.status, detail or kind.detail, headers)
        self.kind = kind
        self.errors = errors


def answer(error: HTTPException) -> Response:
    """The problem as it is sent."""
    if not isinstance(error, Problem):
        headers = error.headers
        error = Problem(_BY_STATUS.get(error.status_code, OUR_FAULT), headers=headers)
    kind = error.kind
    told = ProblemTold(
        type=f"{DOCS}#{kind.name}",
        title=kind.title,
        status=kind.status,
        detail=error.detail,
        errors=list(error.errors) or None,
    )
    return JSONResponse(told.model_dump(exclude_none=True), kind.status, error.headers, media_type=MEDIA_TYPE)
