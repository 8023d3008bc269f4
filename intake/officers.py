"""The officers: who may sign in, as what, and a sign-in as it is kept. Times are UTC."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from intake.rights import EVERY_SERVICE, Right, Role, Scope, rights_of


@dataclass(frozen=True)
class Officer:
    """Somebody who may sign in. ``name`` is folded: it is what they type.

    ``failures`` counts tries since the last success; no try counts while locked. ``password_hash`` is empty where they
    have no password (they come by single sign-on or a passkey). ``shown`` is their name as colleagues see it.
    ``services`` are their own (rights.EVERYTHING: all), ``teams`` keys of the pack's teams. ``disabled_at`` is set
    where they may not sign in any more. ``totp`` is the secret of their authenticator in base 32 (empty: none),
    ``totp_step`` the last of its steps that was used (RFC 6238 section 5.2: once only). ``subject`` is who they are at
    the provider of single sign-on. ``first_password``: somebody else knows their password, so they must choose another.
    """

    name: str
    password_hash: str = field(repr=False)
    created_at: datetime
    failures: int = 0
    locked_until: datetime | None = None
    shown: str = ""
    email: str = ""
    roles: tuple[Role, ...] = ()
    services: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    disabled_at: datetime | None = None
    totp: str = field(default="", repr=False)
    totp_step: int = 0
    subject: str = ""
    first_password: bool = False

    @property
    def called(self) -> str:
        """How they are named to colleagues."""
        return self.shown or self.name

    @property
    def administers(self) -> bool:
        """May they sign in and administer officers?"""
        return self.disabled_at is None and Role.ADMINISTRATOR in self.roles


class How(StrEnum):
    """By what an officer signed in."""

    PASSWORD = "password"  # noqa: S105
    PASSWORD_AND_CODE = "password and code"  # noqa: S105
    PASSKEY = "passkey"
    SINGLE_SIGN_ON = "single sign-on"


class Owed(StrEnum):
    """What an officer must do before anything else."""

    PASSWORD = "password"  # noqa: S105
    SECOND_FACTOR = "second-factor"


@dataclass(frozen=True)
class SignIn:
    """A sign-in as it is kept: of its token only the SHA-256, so that reading the store lets nobody in.

    ``form_token`` must come with every form that the officer sends. ``seen_at`` is when they last did something, to
    the minute. ``ended_at``: it was ended for them, and is kept a while so that nothing they were typing is lost.
    """

    token_hash: str
    officer: str
    form_token: str = field(repr=False)
    expires_at: datetime
    begun_at: datetime
    seen_at: datetime
    how: How = How.PASSWORD
    browser: str = ""
    ended_at: datetime | None = None

    @property
    def id(self) -> str:
        """Names it to its own officer."""
        return self.token_hash[:16]


@dataclass(frozen=True)
class SignedIn:
    """An officer at work: their sign-in, their account, and what they see.

    ``owed`` is what they must do first. ``second_factor_by`` is until when they may do without one; None where they
    have one, or need none.
    """

    sign_in: SignIn
    account: Officer
    scope: Scope = EVERY_SERVICE
    owed: Owed | None = None
    second_factor_by: datetime | None = None

    @property
    def name(self) -> str:
        """The folded name: what deeds are noted under."""
        return self.account.name

    @property
    def form_token(self) -> str:
        """Must come with every form that they send."""
        return self.sign_in.form_token

    def may(self, right: Right) -> bool:
        """Have they this right?"""
        return right in rights_of(self.account.roles)


@dataclass(frozen=True)
class Ticket:
    """Something begun that its holder alone may finish, once, until it expires. Of its token the SHA-256 is kept."""

    token_hash: str
    kind: str
    officer: str
    words: str
    expires_at: datetime


@dataclass(frozen=True)
class Passkey:
    """A passkey (WebAuthn credential): its id and public key in base64url, and the name that its officer gave it."""

    id: str
    officer: str
    public_key: str
    sign_count: int
    name: str
    created_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True)
class RoundTrip:
    """The secrets of one way to the provider of single sign-on and back: state, nonce (OpenID), verifier (PKCE)."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Claims:
    """What the provider says of somebody. ``subject`` names the provider too. ``email`` only where it is verified."""

    subject: str
    name: str = ""
    email: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeptForm:
    """What an officer sent after their session had ended: where to, and the fields in their order."""

    id: str
    officer: str
    path: str
    fields: tuple[tuple[str, str], ...]
    kept_at: datetime


@dataclass(frozen=True)
class Absence:
    """Days on which an officer is away, the first and the last included. ``cover`` sees to their work, if anybody."""

    id: str
    officer: str
    first: date
    last: date
    cover: str = ""


@dataclass(frozen=True)
class Deed:
    """What an officer did, for ever. ``what`` is a few words, ``about`` the id of what it was done to.

    ``note`` says more in words, without any resident's words.
    """

    at: datetime
    officer: str
    what: str
    about: str = ""
    note: str = ""
