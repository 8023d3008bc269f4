"""References and codes that are drawn ahead: drawing is slow on purpose, and most messages open no case."""

import asyncio
from dataclasses import dataclass, field

from intake.casework import Drawn
from intake.conversation import Conversation
from intake.effects import KeepCase, Step


@dataclass
class Drawing:
    """What was drawn for a message and not used is kept for the next one; nobody has been told it."""

    prefix: str
    spare: list[Drawn] = field(default_factory=list)

    async def take(self) -> Drawn:
        """One that is nobody else's. Call it outside any transaction: where none is spare, it takes about 10 ms."""
        return self.spare.pop() if self.spare else await asyncio.to_thread(Drawn.anew, self.prefix)

    def give_back(self, drawn: Drawn, step: Step[Conversation] | None) -> None:
        """After the commit: kept for the next, unless a case has it now. Where the transaction failed, it is let go."""
        effects = step.effects if step else ()
        cases = (effect.case for effect in effects if isinstance(effect, KeepCase))
        if drawn.reference not in {case.reference for case in cases}:
            self.spare.append(drawn)
