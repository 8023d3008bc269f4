"""What the heart asks of the outside, as protocols and nothing else."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

from intake.aside_view import ContactAside, MailAside, MessageAside
from intake.case import Case
from intake.case_view import (
    Asking,
    CaseLetter,
    CaseLine,
    CasesWanted,
    Mention,
    SavedView,
    Task,
    Undoable,
)
from intake.case_view import Entry as CaseEntry
from intake.centre_view import CallBack, Earlier, QueueLine, Sight
from intake.contact import Attachment, Attempt, Channel, Contact, Kept, Outcome, Person, Reply, SenderCheck
from intake.conversation import Conversation, Turn
from intake.correction_view import Correction, Example, Tally, TriageLine
from intake.desk_view import (
    ContactLine,
    ContactView,
    LetterLine,
    Original,
    Wanted,
)
from intake.drafts import Draft
from intake.entering import Entry
from intake.figures import Figures
from intake.files import File, Verdict
from intake.incidents import Incident
from intake.interpretation import Interpretation
from intake.mailbox import MailboxState, Position
from intake.messenger import BotState, Chat, Numbered
from intake.officers import Absence, Claims, Deed, KeptForm, Officer, Passkey, RoundTrip, SignIn, Ticket
from intake.packs import Activation, KeptPack
from intake.paper import PaperLetter, PaperState
from intake.presence import Presence, Staffing
from intake.rights import Scope
from intake.search_view import OfficersWords
from intake.triage import Decision
from intake.upkeep import KeptWords, SignpostCheck

Result = TypeVar("Result")


class Clock(Protocol):
    """Tells the time, in UTC."""

    def __call__(self) -> datetime: ...


class Interpreter(Protocol):
    """Reads one message. Slow and fallible; never called inside a transaction."""

    async def interpret(self, text: str, received: date) -> Interpretation: ...


class Sender(Protocol):
    """Takes one mail out of the house."""

    async def send(self, reply: Reply) -> str:
        """Send it; answers with the line that proves it. Raises NotSentYet or CannotBeSent."""


class SenderChecks(Protocol):
    """Finds out whether a mail is from whom it says."""

    async def check(self, kept: Kept, contact: Contact) -> SenderCheck:
        """What is known, as much as can be found out within seconds. Never raises."""


Reader = Callable[[Kept], Contact]
"""Reads a kept message of one channel. Never raises: what it cannot read is a Contact that says so."""

Readers = Mapping[Channel, Reader]

FileReader = Callable[[bytes, int], Awaitable[tuple[Attachment, bytes] | None]]
"""Takes the file of this number out of a kept message's bytes; None where there is none. May fail."""

FileReaders = Mapping[Channel, FileReader]
"""For each channel that carries files."""


class Scanner(Protocol):
    """Looks for viruses. Slow and fallible; never called inside a transaction."""

    async def scan(self, data: bytes) -> Verdict:
        """Never raises: where it could not look, the verdict says so."""


class Inbox(Protocol):
    """Contacts from the moment that they are kept to the known state in which they end."""

    def keep(self, kept: Kept) -> str:
        """Keep it, once: answers with its id, or with the id of the same message kept before."""

    def claim(self, now: datetime, until: datetime, contact: str = "") -> Kept | None:
        """Lease the oldest contact that is free (or the one named): no older one waits in its lane."""

    def kept(self, contact: str) -> Kept | None:
        """The message as it was kept."""

    def attempts(self, contact: str) -> int:
        """How many times it has been claimed."""

    def finish(self, contact: Contact, conversation: str, decision: Decision, outcome: Outcome, now: datetime) -> None:
        """It is done: its reading, decision and end are kept."""

    def try_again(self, contact: str, at: datetime, error: str) -> None:
        """Handling failed: free it again from this moment on."""

    def set_aside(self, contact: str, error: str, now: datetime) -> None:
        """It cannot be handled: a person must see it."""

    def said_since(self, contact: Contact, since: datetime) -> bool:
        """Has its address said the same words in another contact since then?"""

    def outcome(self, contact: str) -> tuple[Outcome | None, str]:
        """How it ended (None: not yet), and its conversation (empty: none yet)."""


class Conversations(Protocol):
    """Conversations and their turns."""

    def get(self, conversation: str) -> Conversation | None: ...

    def keep(self, conversation: Conversation) -> None:
        """Keep it, new or changed. Raises ChangedMeanwhile where it changed since it was read."""

    def fallen_silent(self, now: datetime) -> Conversation | None:
        """The one that has been silent longest of those in which something hangs."""

    def earlier_services(self, person: Person, but_not: str, since: datetime) -> frozenset[str]:
        """The services that other conversations with this email address or phone number were about since then."""

    def add_turn(self, conversation: str, turn: Turn) -> None: ...

    def turns(self, conversation: str) -> Sequence[Turn]:
        """Everything said, oldest first."""


class Cases(Protocol):
    """Cases by reference, and by the address of the person whose they are."""

    def get(self, reference: str) -> Case | None: ...

    def of_address(self, email: str) -> Sequence[Case]:
        """The cases of this address, newest first."""

    def keep(self, case: Case) -> None:
        """Keep it, new or changed. Raises ChangedMeanwhile where it changed since it was read."""


class Addresses(Protocol):
    """Addresses that mail comes back from."""

    def dead(self, address: str) -> str:
        """The line with which mail to it came back; empty where it did not."""

    def bury(self, address: str, line: str, now: datetime) -> None:
        """Send nothing more to it by itself."""

    def revive(self, address: str) -> None:
        """Its owner has written: it may be written to again."""


class Outbox(Protocol):
    """Mail that waits to go out, kept in the same commit as the decision that wrote it."""

    def add(self, reply: Reply, now: datetime) -> None: ...

    def conversation_of(self, message_ids: Sequence[str]) -> str:
        """The conversation of a mail of ours that one of these Message-IDs names; empty where none does."""

    def letter(self, ids: Sequence[str]) -> Reply | None:
        """The latest mail of ours that has one of these ids, or one of these names in its envelope."""

    def came_back(self, reply: str, line: str) -> None:
        """It was taken, and came back later."""

    def has_come_back(self, reply: str) -> bool:
        """Has a report said so already?"""

    def sent_to_since(self, address: str, since: datetime) -> int:
        """How many letters were written to this address since then, whatever +tag it bore."""

    def last_body_to(self, address: str) -> str:
        """The words of the last letter to this address; empty where there is none."""

    def sent_in_since(self, conversation: str, since: datetime) -> int:
        """How many letters were written in this conversation since then."""

    def brought_about_since(self, address: str, since: datetime) -> int:
        """How many letters were written since then, to whomever, in conversations with this address."""

    def claim(self, now: datetime, until: datetime) -> Reply | None:
        """Lease the oldest mail that is due."""

    def attempt(self, attempt: Attempt) -> None:
        """Keep how an attempt at sending ended."""

    def attempts_of(self, reply: str) -> Sequence[Attempt]:
        """Every attempt at sending this mail that is known to have ended, oldest first."""

    def sent(self, reply: str, receipt: str, now: datetime) -> None: ...

    def try_again(self, reply: str, at: datetime, error: str) -> None: ...

    def set_aside(self, reply: str, error: str, now: datetime) -> None: ...

    def hold_back(self, reply: str) -> None:
        """It is not sent: an officer has taken its conversation over."""


class Attachments(Protocol):
    """The files that came with contacts, named by contact and number; their bytes stay in the originals."""

    def keep(self, contact: Contact, now: datetime) -> None:
        """Keep what is known of its files, in place of what was; each waits for the scanner."""

    def of_contact(self, contact: str) -> Sequence[File]:
        """In the order of the message."""

    def of_contacts(self, contacts: Collection[str]) -> Sequence[File]:
        """In the order in which they came."""

    def get(self, contact: str, number: int) -> File | None: ...

    def claim(self, now: datetime, until: datetime) -> File | None:
        """Lease a file that waits for the scanner and is due."""

    def found(self, contact: str, number: int, verdict: Verdict, now: datetime) -> None: ...

    def try_again(self, contact: str, number: int, now: datetime, wait: timedelta, line: str) -> None: ...

    def leave_unscanned(self) -> bool:
        """No scanner is set: nothing waits for one. False where nothing did."""

    def queue_unscanned(self, now: datetime) -> None:
        """A scanner is set: what was left unscanned waits for it."""


class Passwords(Protocol):
    """Hashes officers' passwords and checks them. Slow on purpose; never called inside a transaction."""

    def hash(self, password: str) -> str: ...

    def verify(self, hashed: str, password: str) -> bool: ...


class PasskeyChecks(Protocol):
    """WebAuthn: what browsers are asked, and whether their answers are genuine. Questions and answers are JSON."""

    def to_register(self, officer: Officer, known: Sequence[Passkey], challenge: bytes) -> str: ...

    def registered(self, answer: str, challenge: bytes) -> tuple[str, str, int]:
        """The new passkey's id, public key and sign count. Raises NotProved."""

    def to_sign_in(self, challenge: bytes) -> str: ...

    def claimed(self, answer: str) -> str:
        """The id of the passkey that it says it comes from; empty where it can't be read."""

    def proved(self, answer: str, challenge: bytes, passkey: Passkey) -> int:
        """It comes from this passkey: its new sign count. Raises NotProved."""


class Provider(Protocol):
    """The council's provider of single sign-on (OpenID Connect). Slow and fallible."""

    async def way_in(self, round_trip: RoundTrip) -> str:
        """The address that the browser is sent to. Raises ProviderDown."""

    async def claims(self, code: str, round_trip: RoundTrip) -> Claims:
        """Who came back with this code, proved by a signed token. Raises NotProved or ProviderDown."""

    async def way_out(self) -> str:
        """The address where one signs out there; empty where there is none, or it does not answer."""


class DeskStore(Protocol):
    """What officers see and do. Lists skip ``start`` lines and hold at most ``most``."""

    def contacts(self, wanted: Wanted, scope: Scope, start: int, most: int) -> Sequence[ContactLine]:
        """Newest first."""

    def contact(self, contact: str) -> ContactView | None:
        """Without what its conversation adds (turns, waiting_for, case, letters)."""

    def letters(self, conversation: str) -> Sequence[LetterLine]:
        """The newest letters of a conversation, oldest first, without their attempts."""

    def first_contact(self, conversation: str) -> str:
        """The contact that a conversation began with; empty where there is none."""

    def services(self, conversation: str) -> Mapping[str, str]:
        """The service of each contact of a conversation."""

    def original(self, contact: str) -> Original | None: ...

    def cases(self, closed_too: bool, scope: Scope, start: int, most: int) -> Sequence[Case]:
        """Open ones first; urgent first, then by the next date."""


class Aside(Protocol):
    """What was set aside. What changes it is False where it isn't set aside (any more)."""

    def contacts(self, channel: str, scope: Scope, start: int, most: int) -> Sequence[ContactAside]:
        """Oldest first: of one channel, or of all where it is empty."""

    def contacts_by_channel(self, scope: Scope) -> Mapping[str, int]:
        """How many wait."""

    def contact(self, contact: str) -> ContactAside | None:
        """Whatever its state."""

    def mail(self, kind: str, scope: Scope, start: int, most: int) -> Sequence[MailAside]:
        """Oldest first: of one kind of letter, or of all where it is empty."""

    def mail_by_kind(self, scope: Scope) -> Mapping[str, int]:
        """How many wait."""

    def letter(self, mail: str) -> MailAside | None:
        """Whatever its state."""

    def free_contact(self, contact: str, now: datetime, by_hand: Contact | None = None) -> bool:
        """Let it be handled anew from now on, as what an officer read in it where they did."""

    def leave_contact(self, contact: str, now: datetime) -> bool:
        """There is nothing to do with it."""

    def free_mail(self, mail: str, now: datetime, to: str = "") -> bool:
        """Let it be sent anew from now on, to another address where one is given."""

    def leave_mail(self, mail: str) -> bool:
        """It is not sent."""

    def messages(self, scope: Scope, start: int, most: int) -> Sequence[MessageAside]:
        """Of a messenger, oldest first."""

    def count_messages(self, scope: Scope) -> int:
        """How many wait."""

    def message(self, message: str) -> MessageAside | None:
        """Whatever its state."""

    def leave_message(self, message: str) -> bool:
        """There is nothing to do with it."""


class Officers(Protocol):
    """Officers, their sign-ins, and what they did. Names are folded (accounts.folded)."""

    def any(self) -> bool:
        """Is there one?"""

    def all(self) -> Sequence[Officer]:
        """By name."""

    def get(self, name: str, to_change: bool = False) -> Officer | None:
        """``to_change`` locks it until the transaction ends, so that what several processes do at once all counts."""

    def keep(self, officer: Officer) -> None: ...

    def sign_in(self, token_hash: str) -> SignIn | None:
        """The sign-in of this hash, expired or not."""

    def sign_ins_of(self, officer: str) -> Sequence[SignIn]:
        """The one used last first, ended and expired ones among them."""

    def keep_sign_in(self, sign_in: SignIn) -> None: ...

    def seen(self, token_hash: str, now: datetime) -> None:
        """Its officer does something with it now."""

    def sign_in_of_form(self, form_token: str) -> SignIn | None:
        """The sign-in whose forms carry this, ended or not."""

    def end_sign_in(self, token_hash: str, now: datetime) -> None:
        """Mark it as ended."""

    def end_sign_ins_of(self, officer: str, now: datetime, but: str = "") -> None:
        """Mark all of theirs as ended, but for the one with this hash."""

    def end_sign_ins_before(self, moment: datetime) -> None:
        """Forget those that expired up to this moment."""

    def note(self, deed: Deed) -> None:
        """Keep for ever what an officer did."""

    def deeds(
        self,
        about: str = "",
        officer: str = "",
        start: int = 0,
        most: int = 50,
        what: str = "",
        within: tuple[datetime, datetime] | None = None,
    ) -> Sequence[Deed]:
        """Newest first: those done to something, by somebody, of a kind, from one moment until another, or all."""


class SignIns(Protocol):
    """What signing in needs besides officers: tickets, passkeys, recovery codes, kept forms, and absences."""

    def keep_ticket(self, ticket: Ticket) -> None:
        """And forget those that have expired a while ago."""

    def open_tickets(self, kind: str, now: datetime) -> int:
        """How many of this kind could be used now."""

    def ticket(self, token_hash: str, kind: str, now: datetime) -> Ticket | None:
        """While it has not expired."""

    def take_ticket(self, token_hash: str, kind: str, now: datetime) -> Ticket | None:
        """``ticket``, and it is used up: of several who take it at once only one gets it."""

    def passkey(self, key: str) -> Passkey | None: ...

    def passkeys_of(self, officer: str) -> Sequence[Passkey]:
        """The oldest first."""

    def keep_passkey(self, passkey: Passkey) -> None:
        """New, or changed."""

    def drop_passkeys(self, officer: str, key: str = "") -> int:
        """This one of theirs, or all; how many there were."""

    def keep_recovery_codes(self, officer: str, hashes: Collection[str]) -> None:
        """In place of all that they had."""

    def recovery_codes(self, officer: str) -> int:
        """How many are left."""

    def use_recovery_code(self, officer: str, code_hash: str) -> bool:
        """Use it up; False where there is no such code (any more)."""

    def keep_form(self, form: KeptForm) -> None: ...

    def forms_of(self, officer: str, since: datetime) -> Sequence[KeptForm]:
        """Those kept since then, the oldest first."""

    def drop_form(self, officer: str, form: str) -> None: ...

    def drop_forms_before(self, moment: datetime) -> None: ...

    def keep_absence(self, absence: Absence) -> None: ...

    def drop_absence(self, officer: str, absence: str) -> bool: ...

    def absences(self, since: date, officer: str = "") -> Sequence[Absence]:
        """Those that end on this day or later, by their first day: of one officer, or of all."""


class Mailboxes(Protocol):
    """How far each IMAP mailbox has been read, and whether it can be read."""

    def position(self, name: str) -> Position:
        """Where reading goes on; UIDVALIDITY 0 and UID 0 where it was never read."""

    def read_up_to(self, name: str, position: Position) -> None:
        """Everything up to there is kept."""

    def works(self, name: str, now: datetime, error: str = "") -> None:
        """It was read to its end now; ``error`` says what else does not work."""

    def fails(self, name: str, now: datetime, error: str) -> None:
        """It cannot be read, since now or since before."""

    def states(self) -> Sequence[MailboxState]:
        """Every mailbox that was ever read, by name."""


class Messenger(Protocol):
    """Chats of a messenger, what was sent there, and how its bot is."""

    def secret(self, bot: int, drawn: str) -> str:
        """This bot's secret: what was drawn when it was first asked for. Every process gets the same."""

    def works(self, bot: int, now: datetime) -> None:
        """Updates were fetched now."""

    def fails(self, bot: int, now: datetime, error: str) -> None:
        """They cannot be fetched, since now or since before."""

    def bots(self) -> Sequence[BotState]:
        """Every bot that there ever was."""

    def open_chat(self, conversation: str, bot: int, chat: int, now: datetime) -> None:
        """Its resident has written: what is said is sent there, also what was not sent while it was closed."""

    def chat(self, conversation: str) -> Chat | None: ...

    def is_due(self, bot: int, now: datetime) -> bool:
        """Is there anything to claim?"""

    def claim(self, bot: int, now: datetime, until: datetime) -> Chat | None:
        """Lease an open chat to which something said by us was not sent yet."""

    def said(self, conversation: str, after: int = 0) -> Sequence[Numbered]:
        """The turns with higher numbers, oldest first."""

    def sent(self, conversation: str, number: int, parts: int = 0) -> None:
        """Every turn up to this one is dealt with, and ``parts`` messages of the next."""

    def free(self, conversation: str, at: datetime) -> None:
        """End the lease: it may be claimed again from then on."""

    def close(self, conversation: str, line: str) -> None:
        """Nothing can be sent there."""

    def unsent(self, conversation: str, words: str, line: str, now: datetime) -> None:
        """An officer is to see that these words did not go out, or (without words) that the chat takes nothing more."""


class Centre(Protocol):
    """Live conversations with officers: who waits, who is there, calls to make, what is half written."""

    def waiting(self, scope: Scope, start: int, most: int, but_for: Sequence[str] = ()) -> Sequence[QueueLine]:
        """Most urgent first, then who has waited longest; without those that were handed to ``but_for``."""

    def handed(self, to: Sequence[str], scope: Scope) -> Sequence[QueueLine]:
        """Those that wait because they were handed to one of these, in the same order."""

    def waits(self, scope: Scope, most: int, since: datetime | None = None) -> int:
        """How many wait, counted up to ``most``: all, or those that began to wait after this moment."""

    def held_by(self, officer: str) -> Sequence[QueueLine]:
        """The conversations that this officer has, the one had longest first."""

    def line(self, conversation: str) -> QueueLine | None: ...

    def lines(self, conversations: Sequence[str]) -> Sequence[QueueLine]: ...

    def staffing(self, now: datetime) -> Staffing:
        """Who is there, as it looks to who waits."""

    def presence(self, officer: str) -> Presence | None:
        """As it was last told, online or not."""

    def online(self, now: datetime) -> Sequence[Presence]:
        """Everybody who is there, by name."""

    def keep_presence(self, presence: Presence) -> None: ...

    def to_look_at(self, now: datetime) -> Conversation | None:
        """A conversation that somebody must look at by itself, due longest first."""

    def abandoned(self, now: datetime) -> Conversation | None:
        """A live conversation whose officer is not there any more."""

    def falls_due(self, until: date) -> Conversation | None:
        """One that waits for less, though its case must be answered by then."""

    def page_of(self, conversation: str, before: int, most: int) -> tuple[Sequence[Numbered], int]:
        """The last turns with numbers under ``before`` (0: the last of all), oldest first; and how many come before."""

    def spoke(self, conversation: str, name: str, turn: Turn, officer: str, letter: str) -> bool:
        """Keep an officer's words, once by their name; False where they are kept already."""

    def spoken(self, conversation: str) -> Mapping[int, tuple[str, str]]:
        """By a turn's number: which officer said it, and the state of the letter that took it out (empty: none)."""

    def hold_back(self, turn: int) -> None:
        """This turn never went out: an officer had taken over."""

    def settle(self, conversation: str) -> None:
        """Its contacts do not wait for a person any more."""

    def last_contact(self, conversation: str) -> Contact | None:
        """The last that a person wrote in it."""

    def history(self, person: Person, but_not: str, scope: Scope, most: int) -> Sequence[Earlier]:
        """Other conversations with this address or number, newest first."""

    def half_written(self, conversation: str, officer: str) -> str: ...

    def keep_half_written(self, conversation: str, officer: str, text: str, now: datetime) -> None:
        """Instead of what was kept; empty text is forgotten."""

    def sight(self, conversation: str) -> Sight: ...

    def shown(self, conversation: str, number: int, now: datetime) -> None:
        """A page of the resident's has shown every turn up to this one."""

    def writes(self, conversation: str, resident: bool, until: datetime) -> None:
        """The resident, or the officer, is writing until then, unless it is said again."""

    def carried_by(self, turns: Sequence[int], letter: str) -> None:
        """These words of an officer's go by this letter."""

    def is_here(self, conversation: str, now: datetime) -> None:
        """A page of theirs is open."""

    def marks(self, conversations: Sequence[str]) -> Mapping[str, str]:
        """Of those that are kept, a mark that changes when anything changes that a page of theirs shows."""

    def ask_call(self, conversation: Conversation, phone: str, good_time: str, until: datetime, now: datetime) -> None:
        """Somebody is to call; asked again in the same conversation, it is the same call, at the same promised time."""

    def calls(self, scope: Scope, most: int) -> Sequence[CallBack]:
        """Calls to make, soonest first."""

    def call(self, call: str) -> CallBack | None: ...

    def call_of(self, conversation: str) -> CallBack | None:
        """The call to make for this conversation."""

    def keep_call(self, call: CallBack) -> None: ...


class Drafts(Protocol):
    """Forms that are being filled in. ``key`` is a digest of what their browser shows: reading the store opens none."""

    def get(self, key: str) -> Draft | None:
        """The draft of this key, expired or not; inside a transaction nobody else changes it until its end."""

    def keep(self, key: str, draft: Draft) -> None: ...

    def forget(self, key: str) -> None: ...

    def give_code(self, key: str, code_hash: str) -> None:
        """It can be found by this code from now on, and by no other."""

    def move(self, code_hash: str, key: str, now: datetime) -> bool:
        """The draft that has this code gets another key; False where none has it or its time is over."""

    def any_expired(self, now: datetime) -> bool: ...

    def forget_expired(self, now: datetime) -> None: ...


class Entries(Protocol):
    """What officers are writing down for somebody, and the files that were scanned with it."""

    def get(self, entry: str) -> Entry | None:
        """Inside a transaction nobody else changes it until its end."""

    def keep(self, entry: Entry) -> None: ...

    def forget(self, entry: str) -> None:
        """With its files."""

    def unfinished(self, officer: str = "") -> Sequence[Entry]:
        """Not sent yet, the one written last first: this officer's, or everybody's."""

    def forget_sent(self, before: datetime) -> None:
        """Those that were sent before."""

    def add_file(self, entry: str, file: Attachment, data: bytes) -> None: ...

    def remove_file(self, entry: str, number: int) -> None: ...

    def data_of(self, entry: str) -> Sequence[bytes]:
        """The files' octets, in their order."""


class Paper(Protocol):
    """Letters that officers print and post."""

    def add(self, letter: PaperLetter) -> None: ...

    def get(self, letter: str) -> PaperLetter | None: ...

    def to_print(self, scope: Scope, most: int) -> Sequence[PaperLetter]:
        """The oldest first."""

    def done(self, scope: Scope, most: int) -> Sequence[PaperLetter]:
        """Posted or left, the newest first."""

    def mark(self, letter: str, state: PaperState, officer: str, note: str, now: datetime) -> bool:
        """False where somebody else marked it before."""


class Corrections(Protocol):
    """Contacts whose decision an officer must make, what officers decided, and examples to learn from."""

    def waiting(self, scope: Scope, start: int, most: int) -> Sequence[TriageLine]:
        """Urgent ones first, then who has waited longest."""

    def waits(self, scope: Scope, most: int) -> int:
        """How many wait, counted up to ``most``."""

    def next_after(self, contact: str, scope: Scope) -> str:
        """The contact that waits after this one, the first of all where none does; empty where no other waits."""

    def is_waiting(self, contact: str) -> bool: ...

    def of_contact(self, contact: str) -> Sequence[Correction]:
        """What officers decided about it, oldest first."""

    def keep(self, correction: Correction) -> None:
        """Keep it for ever. Fails where the contact has one of this step already."""

    def decided_at(self, contact: str) -> datetime | None:
        """When it was first decided."""

    def part_of(self, contact: str) -> str:
        """The contact that it is a part of; empty where it is whole."""

    def decided(
        self, contact: Contact, conversation: str, decision: Decision, outcome: Outcome, part_of: str = ""
    ) -> None:
        """An officer has decided it: this is what it is from now on, and it waits no more."""

    def tallies(self, since: datetime, scope: Scope) -> Sequence[Tally]:
        """What was decided since then, counted by sort."""

    def propose(self, example: Example) -> None:
        """Keep a proposed example, new or changed."""

    def example(self, example: str) -> Example | None:
        """Inside a transaction nobody else changes it until its end."""

    def to_judge(self, scope: Scope, most: int) -> Sequence[tuple[Example, str]]:
        """Those that were proposed, oldest first, each with the words of its contact."""

    def approved(self, scope: Scope) -> Sequence[Example]:
        """Oldest first."""

    def count_approved(self) -> int: ...

    def examples_of(self, contact: str) -> Sequence[Example]: ...


class Searching(Protocol):
    """Contacts, and what officers wrote, by their words."""

    def officers_words(self, words: str, scope: Scope, most: int) -> Sequence[OfficersWords]:
        """Notes and letters of officers that have all of these words, so many of each at most; newest first."""

    def search(self, words: str, scope: Scope, start: int, most: int) -> Sequence[ContactLine]:
        """Those that have all of these words, names, numbers or postcodes; newest first."""

    def sounding(self, words: str, scope: Scope, most: int) -> Sequence[ContactLine]:
        """Those that have not, but whose person's name sounds like some of these words and that have the others;
        newest first."""

    def conversations(self, contacts: Sequence[str]) -> Sequence[str]:
        """The conversations that these contacts belong to."""

    def sharing(
        self, words: str, route: str, service: str, but_not: str, scope: Scope
    ) -> Sequence[tuple[ContactLine, str]]:
        """Decided ones of the same service (of the same route where that is none) that share a telling word, with
        their own words; the newest first."""


class Incidents(Protocol):
    """Threats and abuse against staff."""

    def get(self, incident: str) -> Incident | None:
        """Inside a transaction nobody else changes it until its end."""

    def keep(self, incident: Incident) -> None: ...

    def standing(self, email: str, phone: str, conversation: str, today: date) -> Sequence[Incident]:
        """Whose flags stand, by any of these that is not empty; the one that ends last first."""

    def open(self, start: int, most: int) -> Sequence[Incident]:
        """Not reviewed yet first, then by the end of their flags; ``start`` of them are skipped."""

    def any_due(self, today: date) -> bool:
        """Is there one whose time is over?"""

    def forget_due(self, today: date) -> None:
        """Those whose time is over."""


class CaseWork(Protocol):
    """The day's work on cases. Lists skip ``start`` lines and hold at most ``most``; counts stop at ``most``."""

    def cases(self, wanted: CasesWanted, asking: Asking, scope: Scope, start: int, most: int) -> Sequence[CaseLine]:
        """What is due first stands first."""

    def count(self, wanted: CasesWanted, asking: Asking, scope: Scope, most: int) -> int: ...

    def cases_of(self, references: Sequence[str], scope: Scope) -> Sequence[CaseLine]:
        """Those of these references, newest first."""

    def cases_in(self, conversations: Sequence[str], scope: Scope) -> Sequence[CaseLine]:
        """Those of these conversations, newest first."""

    def enter(self, entry: CaseEntry) -> None:
        """Keep a line of a case's history for ever."""

    def history(self, reference: str) -> Sequence[CaseEntry]:
        """Newest first."""

    def keep_task(self, task: Task) -> None:
        """New, or changed."""

    def drop_task(self, task: str) -> None:
        """Forget one that is not done."""

    def task(self, task: str) -> Task | None: ...

    def tasks_of_case(self, reference: str) -> Sequence[Task]:
        """Those to do first, by their day."""

    def tasks_of(self, officer: str, scope: Scope, start: int, most: int) -> Sequence[Task]:
        """To do, by their day."""

    def count_tasks(self, officer: str, scope: Scope, most: int) -> int: ...

    def mention(self, mention: Mention) -> None: ...

    def mentions_of(self, officer: str, scope: Scope, start: int, most: int) -> Sequence[Mention]:
        """Not seen yet, oldest first."""

    def count_mentions(self, officer: str, scope: Scope, most: int) -> int: ...

    def mention_seen(self, mention: str, officer: str, now: datetime) -> bool:
        """False where it is not theirs, or was seen before."""

    def keep_letter(self, letter: CaseLetter) -> bool:
        """New, or changed; False where it changed since it was read."""

    def letter(self, letter: str) -> CaseLetter | None: ...

    def letters_of_case(self, reference: str) -> Sequence[CaseLetter]:
        """Newest first."""

    def letters_to_check(self, scope: Scope, start: int, most: int) -> Sequence[CaseLetter]:
        """Oldest first."""

    def count_to_check(self, scope: Scope, most: int) -> int: ...

    def keep_view(self, view: SavedView) -> None: ...

    def drop_view(self, view: str, officer: str) -> bool:
        """False where it is not theirs."""

    def views(self, officer: str, teams: Sequence[str]) -> Sequence[SavedView]:
        """Their own and their teams', by name."""

    def keep_undo(self, undo: Undoable) -> None:
        """And forget those of long ago."""

    def undo(self, undo: str, officer: str, now: datetime) -> Undoable | None:
        """While it can be undone; inside a transaction nobody else takes it until its end."""

    def drop_undo(self, undo: str) -> None: ...


@dataclass(frozen=True)
class PastContact:
    """A contact that was read and decided, and its place among all."""

    number: int
    conversation: str
    contact: Contact
    decision: Decision


class Past(Protocol):
    """Contacts that were decided, in the order in which they came, received within two moments (None: no bound)."""

    def contacts(self, after: int, within: tuple[datetime | None, datetime | None], most: int) -> Sequence[PastContact]:
        """Those with higher numbers."""

    def before_newest(self, within: tuple[datetime | None, datetime | None], most: int) -> int:
        """The number after which the newest begin, that many; 0 where there are not so many."""


class Packs(Protocol):
    """Policy packs that were uploaded, and which one was used from when on."""

    def keep(self, pack: KeptPack) -> None: ...

    def get(self, digest: str) -> KeptPack | None: ...

    def all(self, most: int) -> Sequence[KeptPack]:
        """Newest first, without their files."""

    def activations(self, most: int) -> Sequence[Activation]:
        """Newest first."""

    def activate(self, number: int, at: datetime, officer: str, digest: str) -> bool:
        """Use this pack from now on. False where there is an activation of this number already."""


class Upkeep(Protocol):
    """What administrators keep right beside the pack, by key."""

    def checks(self) -> Mapping[str, SignpostCheck]: ...

    def keep_check(self, check: SignpostCheck) -> None:
        """In place of the one before."""

    def words(self) -> Mapping[str, KeptWords]: ...

    def keep_words(self, words: KeptWords) -> None:
        """In place of the ones before."""

    def forget_words(self, key: str) -> None: ...


class FigureStore(Protocol):
    """Figures of the house."""

    def now(self) -> Figures:
        """All of them."""


class UnitOfWork(Protocol):
    """Everything that one transaction may read and change."""

    @property
    def inbox(self) -> Inbox: ...

    @property
    def conversations(self) -> Conversations: ...

    @property
    def cases(self) -> Cases: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def addresses(self) -> Addresses: ...

    @property
    def mailboxes(self) -> Mailboxes: ...

    @property
    def messenger(self) -> Messenger: ...

    @property
    def attachments(self) -> Attachments: ...

    @property
    def drafts(self) -> Drafts: ...

    @property
    def desk(self) -> DeskStore: ...

    @property
    def centre(self) -> Centre: ...

    @property
    def officers(self) -> Officers: ...

    @property
    def corrections(self) -> Corrections: ...

    @property
    def searching(self) -> Searching: ...

    @property
    def sign_ins(self) -> SignIns: ...

    @property
    def entries(self) -> Entries: ...

    @property
    def paper(self) -> Paper: ...

    @property
    def incidents(self) -> Incidents: ...

    @property
    def aside(self) -> Aside: ...

    @property
    def figures(self) -> FigureStore: ...

    @property
    def past(self) -> Past: ...

    @property
    def packs(self) -> Packs: ...

    @property
    def work(self) -> CaseWork: ...

    @property
    def upkeep(self) -> Upkeep: ...


Work = Callable[[UnitOfWork], Result]


class Store(Protocol):
    """Runs work on a unit of work. What several callers want written at once may share one commit."""

    async def transact(self, work: Work[Result]) -> Result:
        """Run it and commit: when this returns, it is on disk. When it raises, nothing of it is kept."""

    async def read(self, work: Work[Result]) -> Result:
        """Run it without changing anything."""
