"""The console's app: its rooms, their doors in one table, and the navigation."""

import logging
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from channels.console import guard
from channels.console.account import AccountRoom
from channels.console.administration import AdministrationRoom
from channels.console.cases import CasesRoom
from channels.console.contacts import ContactsRoom
from channels.console.enter import EnterRoom
from channels.console.guard import Door, Page
from channels.console.learning import LearningRoom
from channels.console.letters import LettersRoom
from channels.console.live import LiveRoom
from channels.console.live_script import LiveScript
from channels.console.metrics import metrics
from channels.console.office import Office
from channels.console.officers import OfficersRoom
from channels.console.packs import PacksRoom
from channels.console.search import SearchRoom
from channels.console.set_aside import SetAsideRoom
from channels.console.shown import Place, Shown
from channels.console.sign_in import SignInRoom
from channels.console.staff_safety import StaffSafetyRoom
from channels.console.triage import TriageRoom
from channels.console.work import WorkRoom
from channels.files.file_pages import FilePages
from channels.files.pictures import Pictures
from channels.rendering import Pages, build
from intake.accounts import Accounts
from intake.bulk import BulkDesk
from intake.day_lists import DayLists
from intake.example_desk import ExampleDesk
from intake.rights import Right
from intake.search_desk import SearchDesk
from intake.staff import Staff
from intake.watchman import Watchman

log = logging.getLogger(__name__)

NAVIGATION = (
    Place("/work", "Work", Right.SEE),
    Place("/search", "Search", Right.SEE),
    Place("/contacts", "Contacts", Right.SEE),
    Place("/live", "Conversations", Right.SEE),
    Place("/triage", "Triage", Right.SEE_TRIAGE),
    Place("/cases", "Cases", Right.SEE),
    Place("/set-aside", "Set aside", Right.SEE_ASIDE),
    Place("/enter", "Enter", Right.ENTER),
    Place("/enter", "Entering", Right.SEE_ENTERED, unless=Right.ENTER),
    Place("/incidents", "Incidents", Right.SEE_INCIDENTS),
    Place("/administration", "Administration", Right.SEE_ADMINISTRATION),
    Place("/administration/deeds", "Who did what", Right.AUDIT, unless=Right.SEE_ADMINISTRATION),
)


def make_app(office: Office) -> Starlette:
    """The app. Serve it where only officers can reach it; it knows no residents' routes."""
    pages = Pages(office.policy, "Complaints console", residents=False)
    files = FilePages(office.desk, pages, Pictures())
    doors = rooms(office, pages, files)
    places = ("/first", "/sign-in", "/sign-out", *guard.places(doors))
    sign_in = SignInRoom(office.accounts, pages, places, office.entrance)

    async def sign_out(request: Request) -> Response:
        """What they have goes back to the queue."""
        await office.centre.go(guard.officer(request))
        return await sign_in.sign_out(request)

    own = (
        Door("/first", Right.SIGNED_IN, first),
        Door("/sign-out", Right.SIGNED_IN, sign_out, "POST"),
    )
    officers = guard.routes((*doors, *own), office.accounts, pages)
    anybody = [Route("/", to_first), *sign_in.routes(), Route("/readyz", _ready(office.accounts)), *files.routes()]
    anybody.append(Route("/metrics", metrics(Watchman(office.accounts.store, office.clock))))
    return build(pages, [*officers, *anybody])


def rooms(office: Office, pages: Pages, files: FilePages) -> Sequence[Door]:
    """Every page that asks for a right, by room."""
    shown = Shown(pages, office.policy, office.clock, NAVIGATION)
    lists = DayLists(office.work.store, office.policy, office.clock)
    return (
        *ContactsRoom(office.desk, shown, files, office.care).doors(),
        *CasesRoom(office.desk, office.work, shown).doors(),
        *WorkRoom(office.work, lists, BulkDesk(office.work), shown).doors(),
        *SearchRoom(SearchDesk(office.work.store, office.policy), shown).doors(),
        *SetAsideRoom(office.aside, shown, files).doors(),
        *LearningRoom(ExampleDesk(office.triage), shown).doors(),
        *TriageRoom(office.triage, shown, office.watch, office.care).doors(),
        *EnterRoom(office.entering, shown, office.care).doors(),
        *LettersRoom(office.entering, shown).doors(),
        *StaffSafetyRoom(office.care, office.desk, shown).doors(),
        *AccountRoom(office.accounts, shown, office.entrance).doors(),
        *OfficersRoom(Staff(office.accounts), shown).doors(),
        *PacksRoom(office.packs, shown).doors(),
        *AdministrationRoom(office.upkeep, shown).doors(),
        *LiveRoom(
            office.centre, shown, LiveScript(office.centre, office.accounts, shown, office.watch), office.care
        ).doors(),
    )


async def to_first(request: Request) -> Response:
    """No session's cookie comes here, as it would then go to residents' files too."""
    return RedirectResponse("/first", 303)


async def first(request: Request) -> Response:
    """Where the day begins: who only talks with people begins with who waits, others with the first place they see."""
    who = guard.officer(request)
    if who.may(Right.TALK) and not who.may(Right.WORK):
        return RedirectResponse("/live", 303)
    there = next((place.address for place in NAVIGATION if place.is_for(who)), "/account")
    return RedirectResponse(there, 303)


def _ready(accounts: Accounts) -> Page:
    async def ready(request: Request) -> Response:
        """200 while the store can be read, else 503: for whatever watches over us."""
        try:
            await accounts.has_officers()
        except Exception as error:
            log.error("the store cannot be read: %s", type(error).__name__)
            return PlainTextResponse("the store cannot be read\n", 503)
        return PlainTextResponse("ready\n")

    return ready
