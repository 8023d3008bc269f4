"""WebAuthn: what browsers are asked about passkeys, and whether their answers are genuine."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from intake.errors import NotProved
from intake.officers import Officer, Passkey

LONGEST_ANSWER = 20_000
"""Characters."""

_REFUSED = "The passkey could not be checked. Try again, or sign in another way"
_VERIFIED = UserVerificationRequirement.REQUIRED
"""The device asks who it is (a finger, a face, a PIN): that makes a passkey two factors."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class WebAuthn:
    """Passkeys of one console. ``host`` is the name that they belong to, ``origin`` what browsers call the console."""

    host: str
    origin: str
    council: str

    def to_register(self, officer: Officer, known: Sequence[Passkey], challenge: bytes) -> str:
        """A passkey that its device can find by itself, of none of the devices that are known already."""
        options = generate_registration_options(
            rp_id=self.host,
            rp_name=self.council,
            user_id=hashlib.sha256(f"{self.host}\n{officer.name}".encode()).digest(),
            user_name=officer.name,
            user_display_name=officer.called,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.id)) for key in known],
        )
        return options_to_json(options)

    def registered(self, answer: str, challenge: bytes) -> tuple[str, str, int]:
        """The new passkey's id, public key and sign count."""
        found = _checked(
            lambda: verify_registration_response(
                credential=_sized(answer),
                expected_challenge=challenge,
                expected_rp_id=self.host,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        )
        public = bytes_to_base64url(found.credential_public_key)
        return bytes_to_base64url(found.credential_id), public, found.sign_count

    def to_sign_in(self, challenge: bytes) -> str:
        """Any passkey of this console."""
        options = generate_authentication_options(rp_id=self.host, challenge=challenge, user_verification=_VERIFIED)
        return options_to_json(options)

    def claimed(self, answer: str) -> str:
        """The id of the passkey that it says it comes from."""
        try:
            key = json.loads(_sized(answer)).get("id")
            return bytes_to_base64url(base64url_to_bytes(key))
        except (ValueError, AttributeError, TypeError, RecursionError, NotProved):
            return ""

    def proved(self, answer: str, challenge: bytes, passkey: Passkey) -> int:
        """Its new sign count, which must have grown where the device counts: else somebody has a copy."""
        found = _checked(
            lambda: verify_authentication_response(
                credential=_sized(answer),
                expected_challenge=challenge,
                expected_rp_id=self.host,
                expected_origin=self.origin,
                credential_public_key=base64url_to_bytes(passkey.public_key),
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        )
        return found.new_sign_count


def _sized(answer: str) -> str:
    if len(answer) > LONGEST_ANSWER:
        raise NotProved(_REFUSED)
    return answer


def _checked(check: Callable[[], Result]) -> Result:
    """The library fails in many ways over what strangers send: all of them mean that nothing is proved."""
    try:
        return check()
    except Exception as error:
        raise NotProved(_REFUSED) from error
