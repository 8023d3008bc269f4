"""Policy packs that the store keeps: the text of their files, which is in use, and which were. Times are UTC."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from intake.policy import Policy

Files = Mapping[str, str]
"""A pack's files: their text by path, such as council.yaml or languages/cy.yaml."""


@dataclass(frozen=True)
class KeptPack:
    """A pack that somebody uploaded. ``digest`` names it: the same files are the same pack."""

    digest: str
    kept_at: datetime
    officer: str
    files: Files


@dataclass(frozen=True)
class Activation:
    """From then on this pack is used; an empty digest stands for the folder that the settings name."""

    number: int
    at: datetime
    officer: str
    digest: str


@dataclass(frozen=True)
class CheckedPack:
    """What was found in a pack: mistakes stop it from being used (then there is no policy), warnings do not."""

    mistakes: tuple[str, ...]
    warnings: tuple[str, ...]
    policy: Policy | None


def digest_of(files: Files) -> str:
    """The name of a pack with these files."""
    whole = hashlib.sha256()
    for path, text in sorted(files.items()):
        for part in (path.encode(), text.encode("utf-8", "replace")):
            whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()
