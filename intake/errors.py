"""Every error that Rightdoor raises, in one tree; the class says whose move it is.

RightdoorError
├── SendersMove             whoever wrote or typed something can put it right
│   ├── UnknownMailbox      the mail was sent to an address that is not one of ours
│   ├── NotTheirs           an officer answers a conversation that somebody else has by now
│   ├── CaseMoved           a case was changed by somebody else since its page was shown
│   └── NotProved           a passkey or a provider's word about who signs in cannot be believed
├── CouncilsMove            someone at the council must change a setting or the policy pack
│   ├── WrongSetting
│   └── WrongPack           carries every mistake, each with file, line and remedy
└── OurMove                 nobody else can help: we try again, or set aside for a person
    ├── CannotKeep          the store did not take it, so nobody may be told that we have it
    ├── ChangedMeanwhile    somebody else changed the same record first: read again, decide again
    ├── NotSentYet          the way out did not take the mail just now: try again later
    │   └── EndedUnclear    it may have been taken: try again under the same Message-ID
    ├── CannotBeSent        the way out will never take this mail: a person must see it
    │   └── NoSuchAddress   its address does not exist: nothing more goes there by itself
    ├── NoToken             the sign-in service gave no token for a mailbox: try again later
    └── ProviderDown        the provider of single sign-on does not answer: sign in by another way
"""

from collections.abc import Sequence


class RightdoorError(Exception):
    """The root of the tree. Never raised itself."""


class SendersMove(RightdoorError):
    """Whoever sent it can put it right; the message says how."""


class UnknownMailbox(SendersMove):
    """There is no such mailbox here."""


class NotTheirs(SendersMove):
    """Another officer has this conversation, or nobody has; the message says who and since when."""


class CaseMoved(SendersMove):
    """The case was changed since its page was shown; the message says by whom and what. Nothing was done."""


class NotProved(SendersMove):
    """Who signs in could not be proved; the message says in plain words what to do, and nothing of the inside."""


class CouncilsMove(RightdoorError):
    """Someone at the council can put it right; the message says how."""


class WrongSetting(CouncilsMove):
    """A setting is wrong; the message names the setting and what it may be."""


class WrongPack(CouncilsMove):
    """The policy pack has mistakes; each says file, line and remedy."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


class OurMove(RightdoorError):
    """Something of ours failed; it is tried again or set aside for a person."""


class CannotKeep(OurMove):
    """The message could not be kept, so its sender must keep it and try again."""


class ChangedMeanwhile(OurMove):
    """Somebody else changed this conversation first; read it again and decide again."""


class NotSentYet(OurMove):
    """The mail was not taken just now (RFC 5321 4yz, no connection): try again later."""


class EndedUnclear(NotSentYet):
    """The connection ended after the mail was handed over and before it was answered: it may have been taken."""


class CannotBeSent(OurMove):
    """The mail was refused for good (RFC 5321 5yz): a person must see it."""


class NoSuchAddress(CannotBeSent):
    """The mail was refused because there is no such address (RFC 3463: 5.1.x): it is refused each time."""


class NoToken(OurMove):
    """The sign-in service gave no token for a mailbox: try again later."""


class ProviderDown(OurMove):
    """The provider of single sign-on does not answer, or not as it should: officers sign in by another way."""
