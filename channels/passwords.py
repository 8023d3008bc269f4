"""Officers' passwords, hashed with argon2id (RFC 9106) at the library's recommended cost."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Argon2Passwords:
    """intake.ports.Passwords. Slow on purpose: call it in a thread."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()

    def hash(self, password: str) -> str:
        """A salted hash that says how it was made."""
        return self._hasher.hash(password.encode("utf-8", "replace"))

    def verify(self, hashed: str, password: str) -> bool:
        """Is this the password that was hashed? False for a hash that cannot be read, too."""
        try:
            return self._hasher.verify(hashed, password.encode("utf-8", "replace"))
        except (VerificationError, InvalidHashError):
            return False
