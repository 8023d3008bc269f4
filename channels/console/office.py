"""What the console's rooms are handed: the shells that officers work with."""

from dataclasses import dataclass, field

from channels.api.watching import Watch
from channels.console.entrance import Entrance
from intake.accounts import Accounts
from intake.care import Care
from intake.centre import ContactCentre
from intake.desk import Desk
from intake.entry_desk import EntryDesk
from intake.pack_desk import PackDesk
from intake.policy import Policy
from intake.ports import Clock
from intake.set_aside import SetAside
from intake.triage_desk import TriageDesk
from intake.upkeep_desk import UpkeepDesk
from intake.work_desk import WorkDesk


@dataclass(frozen=True)
class Office:
    """All that officers work with. config.wiring puts it together."""

    policy: Policy
    clock: Clock
    accounts: Accounts
    entrance: Entrance = field(default_factory=Entrance, kw_only=True)
    aside: SetAside = field(kw_only=True)
    packs: PackDesk = field(kw_only=True)
    work: WorkDesk = field(kw_only=True)
    upkeep: UpkeepDesk = field(kw_only=True)
    desk: Desk
    centre: ContactCentre
    watch: Watch
    entering: EntryDesk
    care: Care
    triage: TriageDesk
