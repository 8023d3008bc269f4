"""Figures for Prometheus, in its text form (version 0.0.4): what waits and since when. No personal data is in them."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from intake.figures import Figures, Waiting
from intake.watchman import Watchman

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

STATES = ("kept", "answered", "recorded", "with_a_person", "set_aside")
"""Told even where there are none, so that an alarm finds its series."""


def metrics(watchman: Watchman) -> Callable[[Request], Awaitable[Response]]:
    """The page. Open like /readyz: the console's address is for the council's own network (docs/decisions/0017)."""

    async def page(request: Request) -> Response:
        """The figures as they are now."""
        try:
            figures = await watchman.figures()
        except Exception:
            return PlainTextResponse("rightdoor_up 0\n", 503, headers={"Content-Type": CONTENT_TYPE})
        return PlainTextResponse(written(figures, watchman.clock()), headers={"Content-Type": CONTENT_TYPE})

    return page


def written(figures: Figures, now: datetime) -> str:
    """The figures as lines."""
    return "\n".join(_lines(figures, now)) + "\n"


def _lines(figures: Figures, now: datetime) -> Iterator[str]:
    yield from _gauge("up", "Whether the store can be read.", {"": 1})
    states = {f'{{state="{state}"}}': figures.contacts.get(state, 0) for state in (*STATES, *figures.contacts)}
    yield from _gauge("contacts", "Contacts by state.", states)
    for name, what, waiting in (
        ("contacts_unhandled", "contacts that wait to be handled", figures.inbox),
        ("conversations_waiting", "conversations that wait for an officer", figures.conversations),
        ("outbox_waiting", "letters that wait to be sent", figures.outbox),
        ("calls_waiting", "calls that were promised and not made", figures.calls),
        ("mailboxes_failing", "mailboxes that cannot be read", figures.mailboxes),
        ("bots_failing", "messenger bots whose messages cannot be fetched", figures.bots),
    ):
        yield from _gauge(name, f"The number of {what}.", {"": waiting.number})
        yield from _gauge(
            f"{name}_oldest_seconds", f"Age of the oldest of the {what}; 0: none.", {"": _age(waiting, now)}
        )
    aside = {
        '{kind="contact"}': figures.contacts.get("set_aside", 0),
        '{kind="letter"}': figures.letters_set_aside,
        '{kind="message"}': figures.messages_set_aside,
    }
    yield from _gauge("set_aside", "What was set aside and waits for a person.", aside)


def _gauge(name: str, about: str, values: Mapping[str, int]) -> Iterator[str]:
    yield f"# HELP rightdoor_{name} {about}"
    yield f"# TYPE rightdoor_{name} gauge"
    yield from (f"rightdoor_{name}{labels} {value}" for labels, value in values.items())


def _age(waiting: Waiting, now: datetime) -> int:
    return max(0, int((now - waiting.oldest).total_seconds())) if waiting.oldest else 0
