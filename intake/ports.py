"""What the heart asks of the outside, as protocols and nothing else."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol, TypeVar

from intake.contact import Attachment, Channel, Contact, Kept, Reply, SenderCheck
from intake.files import Verdict
from intake.interpretation import Interpretation
from intake.officers import Claims, Officer, Passkey, RoundTrip
from intake.stores.administration import FigureStore, Packs, Upkeep
from intake.stores.centre import Centre, Corrections, Drafts, Entries, Incidents
from intake.stores.contacts import Attachments, Cases, Conversations, Inbox, Past
from intake.stores.desk import Aside, CaseWork, DeskStore, Searching
from intake.stores.officers import Officers, SignIns
from intake.stores.sending import Addresses, Mailboxes, Messenger, Outbox, Paper

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
