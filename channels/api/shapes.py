"""The bodies of requests and answers. The API's description is made from them, and every request is read by them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from channels.addresses import EMAIL
from channels.turns import MOST_CHARACTERS
from channels.uploads import MOST_FILES, SIZE
from intake.addresses import one_spelling

_PLAIN = dict.fromkeys(range(32), None) | {127: None}
"""Control characters. Those that people paste for a line's end become one; no other has a meaning in words."""
_LINE_ENDS = str.maketrans({"\r": "\n", "\v": "\n", "\f": "\n"})
_MAY_STAND = {"\n", "\t"}


def _words(value: str) -> str:
    words = value.replace("\r\n", "\n").translate(_LINE_ENDS)
    if any(ord(letter) in _PLAIN and letter not in _MAY_STAND for letter in words):
        raise PydanticCustomError("control", "holds a control character: leave it out")
    return words


def _line(value: str) -> str:
    return " ".join(_words(value).split())


def _email(value: str) -> str:
    if value and not EMAIL.fullmatch(value):
        raise PydanticCustomError("email", "must be an email address, like name@example.com")
    return one_spelling(value)


Words = Annotated[str, AfterValidator(_words)]
Line = Annotated[str, AfterValidator(_line)]
Email = Annotated[str, AfterValidator(_line), AfterValidator(_email)]
FilePart = Annotated[bytes, WithJsonSchema({"type": "string", "contentMediaType": "application/octet-stream"})]
TurnId = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[!-~]+$", description="Yours, for each turn.")]


IN_LANGUAGE = "In which language we answer from here on: a BCP 47 tag of one that we offer."
LONGEST_TAG = 35
"""Characters, as RFC 5646 section 4.4.1 asks for."""


class Taken(BaseModel):
    """A body that we take: unknown fields are refused, so that a slip in a name is no loss."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Given(BaseModel):
    """A body that we give."""

    model_config = ConfigDict(extra="forbid")


class NewConversation(Taken):
    """Begins a conversation, and says its first words where there are any."""

    channel: Literal["webchat"] = "webchat"
    text: Words = Field("", max_length=MOST_CHARACTERS)
    language: Line = Field("", max_length=LONGEST_TAG, description=IN_LANGUAGE)

    @model_validator(mode="after")
    def _is_kept(self) -> "NewConversation":
        if self.language and not self.text.strip():
            raise PydanticCustomError("unkept", "needs some words in text beside language: nothing is kept before them")
        return self


class NewTurn(Taken):
    """One turn of the resident's: words, or a choice that was offered. The same turn_id twice is said once."""

    turn_id: TurnId
    text: Words = Field("", max_length=MOST_CHARACTERS)
    choice: Line = Field("", max_length=100, description="The value of a choice that was offered.")
    language: Line = Field("", max_length=LONGEST_TAG, description=IN_LANGUAGE)

    @model_validator(mode="after")
    def _something(self) -> "NewTurn":
        if not self.text.strip() and not self.choice:
            raise PydanticCustomError("empty", "needs some words in text, or a choice")
        return self


class NewFiles(Taken):
    """A turn with files, sent as multipart/form-data. The same turn_id twice is said once."""

    turn_id: TurnId
    text: Words = Field("", max_length=MOST_CHARACTERS)
    language: Line = Field("", max_length=LONGEST_TAG, description=IN_LANGUAGE)
    files: list[FilePart] = Field(
        min_length=1,
        max_length=MOST_FILES,
        description=f"One part for each file, {SIZE} altogether: pictures, PDFs, documents, short sounds and films.",
    )


class ChoiceOffered(Given):
    """One of a few answers: the words of its button, and what to send as choice."""

    label: str
    value: str


class FileTold(Given):
    """A file that came with a turn, under the name by which it is kept."""

    name: str
    media_type: str
    size: int


class TurnTold(Given):
    """One thing said. Its number n counts up within the conversation, perhaps with gaps."""

    n: int
    at: datetime
    by: Literal["resident", "assistant", "officer"]
    text: str
    choices: list[ChoiceOffered] | None = None
    files: list[FileTold] | None = None


class State(Given):
    """Where the conversation stands; before the first answer, route and procedure are empty."""

    route: str
    service: str
    procedure: str
    urgent: bool
    signpost: str
    reference: str | None = None
    done: bool
    help: str | None = Field(None, description="Whom to call where somebody is in danger: keep it in sight.")


class Begun(Given):
    """A new conversation. Its token is told only here, and is needed from then on."""

    id: str
    token: str
    turns: list[TurnTold]


class Turns(Given):
    """What was said, who answers next, and where it stands."""

    turns: list[TurnTold]
    holder: Literal["assistant", "waiting", "officer"]
    state: State


class NewContact(Taken):
    """One whole contact, such as a form that was filled in on another page of the council's.

    What comes by email, webchat or telegram has doors of its own, which check more; here it counts as a form.
    """

    channel: Literal["web_form", "phone", "letter", "in_person", "email", "webchat", "telegram"]
    name: Line = Field("", max_length=100)
    email: Email = Field("", max_length=254)
    phone: Line = Field("", max_length=50)
    address: Words = Field("", max_length=1_000)
    subject: Line = Field("", max_length=300)
    text: Words = Field(max_length=MOST_CHARACTERS)
    reference: Line = Field("", max_length=100, description="A reference that they gave, or your own.")

    @model_validator(mode="after")
    def _something(self) -> "NewContact":
        if not self.text.strip():
            raise PydanticCustomError("empty", "needs some words in text")
        return self


class ContactKept(Given):
    """We have it. The route is null until it has been read; the answer tells the code of its case, where it has one."""

    contact: str
    reference: str | None = None
    route: str | None
    answer: str | None = None


class AskedStatus(Taken):
    """A case's reference, and the code that was told with it."""

    reference: Line = Field(min_length=1, max_length=100)
    code: Line = Field(min_length=1, max_length=100)


class Status(Given):
    """How a case is getting on: its words say all of it in sentences for its resident."""

    reference: str
    state: str
    stage: str
    service: str
    received_at: datetime
    words: list[str]
