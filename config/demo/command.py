"""The command `rightdoor demo`: fills an empty installation with six months, and says what to look at."""

import asyncio
import logging
import secrets
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

import typer

from config.demo.arriving import Reading
from config.demo.clock import MovedClock
from config.demo.filling import Filling, refuse_if_used
from config.demo.planning import DAYS
from config.demo.words import read
from config.settings import Settings, clock, load
from config.wiring import House, build, interpreter_of

WIDTH = 40
_SIX_MONTHS = timedelta(days=DAYS + 1)


def demo(
    contacts: Annotated[int, typer.Option(help="About how many contacts", min=60, max=20_000)] = 1500,
) -> None:
    """Fill an empty installation with six months of invented contacts, and officers who work on them. Sends nothing."""
    logging.getLogger().setLevel(logging.CRITICAL)
    settings = load().model_copy(update={"check_senders": False})
    end = clock(settings.now)()
    moved, reading = MovedClock(end), Reading(interpreter_of(settings))
    house = build(settings, reading, moved)
    password = secrets.token_urlsafe(12)
    try:
        asyncio.run(_fill(house, Filling(house, moved, reading, end, contacts, password)))
    except KeyboardInterrupt:
        print(f"\nStopped: this installation is half filled, so it is of no use. {_undo(settings)}")
        raise typer.Exit(130) from None
    finally:
        house.close()
    _tell(settings, password)


async def _fill(house: House, filling: Filling) -> None:
    await refuse_if_used(house)
    print(f"Six months of {house.policy.council.name}, all invented. Nothing is sent to anybody.")
    filling.clock.now = filling.end - _SIX_MONTHS
    bar = Bar()
    await filling.fill(bar.show)
    bar.end()


class Bar:
    """Progress on one line of a terminal; elsewhere a line for each tenth."""

    def __init__(self) -> None:
        self._began, self._last = time.monotonic(), -1

    def show(self, done: int, of: int) -> None:
        """So many of so many are done."""
        hundredth = done * 100 // of
        if hundredth <= self._last:
            return
        self._last = hundredth
        if sys.stdout.isatty():
            filled = hundredth * WIDTH // 100
            print(f"\r[{'#' * filled}{'.' * (WIDTH - filled)}] {hundredth:3} %", end="", flush=True)
        elif hundredth % 10 == 0:
            print(f"{hundredth} %", flush=True)

    def end(self) -> None:
        """All of it is done."""
        seconds = time.monotonic() - self._began
        print(f"{chr(10) if sys.stdout.isatty() else ''}Filled in {seconds / 60:.1f} minutes.")


def _undo(settings: Settings) -> str:
    if settings.database_url.startswith("sqlite"):
        return f"Delete the folder {settings.data} and start again."
    return "Empty its database and start again."


def _tell(settings: Settings, password: str) -> None:
    """What to look at now."""
    officers: Mapping[str, Mapping[str, Any]] = read("officers")["officers"]
    print(f"\nStart it with the same settings: RIGHTDOOR_DATA={settings.data} rightdoor serve")
    print(f"The officers' console is then at {settings.console_url}")
    print(f"\nEverybody's password, told only this once: {password}")
    for name, told in officers.items():
        print(f"  {name:8} {told['shown']:16} {told['about']}")
    print("\nTen minutes as an officer:")
    for number, step in enumerate(_TOUR, 1):
        print(f"  {number}. {step}")
    print("  More of it: docs/tour.md")


_TOUR = (
    "Sign in as maya. Conversations: who waits longest, and why? Take one over, answer, close it.",
    "Triage: the assistant's guess, and the words it rests on. Agree with one key, or correct it.",
    "Work: due today, overdue, unallocated. Open a case: its clocks, its history, its letters.",
    "Set aside: mail that could not be read or sent, with the reason. Try one again.",
    "Search for “fire depot”: four days in which five times as many people wrote.",
    "Enter, a call: type what somebody says on the phone, and watch the questions change.",
    "Sign in as aled: waste and street cleaning, and nothing else. Then as tom: social care is there.",
)
