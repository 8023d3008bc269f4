"""What administrators change, and figures of the house."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from intake.figures import Figures
from intake.packs import Activation, KeptPack
from intake.upkeep import KeptWords, SignpostCheck


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
