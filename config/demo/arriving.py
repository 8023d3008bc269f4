"""How the demonstration's contacts arrive: by the doors' own ways of keeping, and through the real reception."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from channels.email_receiver import fingerprint, lane
from channels.form_sending import form_of
from channels.live import LiveDoor
from config.demo.clock import MovedClock
from config.demo.planning import Planned, Turn
from config.demo.post import mail
from config.demo.words import Writer, read
from config.wiring import House
from intake.contact import Channel, Kept
from intake.conversation import Conversation, Holder
from intake.drafts import Draft
from intake.form import plan as plan_of
from intake.interpretation import Detail, Interpretation
from intake.ports import Interpreter
from intake.wording import say_it

MOST_TURNS = 9
_PREFERRED = ("yes", "send", "team", "call_afternoon", "enough", "skip")
_BOT = 110201543
"""The number of an invented bot of Telegram's, which no token fits."""


@dataclass
class Reading:
    """intake.ports.Interpreter: the house's own; it can be made to fail, as a server that is down does."""

    inner: Interpreter
    down: bool = False

    async def interpret(self, text: str, received: date) -> Interpretation:
        """What the house's own reads."""
        if self.down:
            raise ConnectionError("the server that reads messages did not answer")
        return await self.inner.interpret(text, received)


@dataclass
class Arrivals:
    """Brings one planned matter after another to the house's doors. ``meant`` says of each contact what it is."""

    house: House
    clock: MovedClock
    reading: Reading
    random: Random
    writer: Writer
    meant: dict[str, Planned] = field(default_factory=dict)

    async def arrive(self, planned: Planned) -> None:
        """What was typed by residents themselves."""
        match planned.channel:
            case Channel.EMAIL:
                await self.by_mail(planned, mail(planned, self._mailbox), self._mailbox)
            case Channel.WEB_FORM:
                await self._by_form(planned)
            case _:
                await self._by_chat(planned)

    @property
    def _mailbox(self) -> str:
        return self.house.policy.council.mailboxes[0]

    async def by_mail(self, planned: Planned, raw: bytes, to: str, sender: str | None = None) -> None:
        """Keep a mail as the mail door does, and have it handled."""
        sender = planned.matter.someone.email if sender is None else sender
        kept = Kept(
            id=secrets.token_hex(12),
            channel=Channel.EMAIL,
            received_at=self.clock(),
            fingerprint=f"mail:{fingerprint(raw)}",
            lane=lane(sender),
            sender=sender,
            recipients=(to,),
            raw=raw,
        )
        self.reading.down = planned.turn is Turn.UNREADABLE
        await self._handled(kept, planned)
        self.reading.down = False

    async def _by_form(self, planned: Planned) -> None:
        """A form that was filled in and sent."""
        matter, someone, now = planned.matter, planned.matter.someone, self.clock()
        answers = {
            "what": matter.text if planned.turn is Turn.DANGER else _without_greeting(matter.text),
            "where": f"{someone.number} {someone.street}",
            "put_right": matter.put_right if matter.sore else "",
            "name": someone.name if self.random.random() < 0.9 else "",
            "reply_by": "email",
            "email": someone.email,
            "for_whom": "self",
        }
        day = self.house.policy.calendar.local_day(now)
        reading = await self.reading.interpret(answers["what"], day)
        conversation = LiveDoor(self.house.reception, self.house.store, self.clock).begin()[0]
        draft = Draft(conversation, now, now + timedelta(days=1), answers, reading)
        policy = self.house.policy
        await self._handled(form_of(draft, plan_of(draft, policy, now), policy, now), planned)

    async def _handled(self, kept: Kept, planned: Planned) -> None:
        """Kept, then handled; what keeps failing is tried again until it is set aside."""
        contact = await self.house.reception.receive(kept)
        self.meant[contact] = planned
        await self._until_handled(contact)

    async def _until_handled(self, contact: str) -> None:
        while not await self.outcome(contact):
            await self.house.reception.attend(contact)
            if not await self.outcome(contact):
                self.clock.forward(timedelta(minutes=3))

    async def outcome(self, contact: str) -> str:
        """How it ended; empty where it has not."""
        return str((await self.house.store.read(lambda unit: unit.inbox.outcome(contact)))[0] or "")

    # --- conversations ----------------------------------------------------------------------------------------------

    async def _by_chat(self, planned: Planned) -> None:
        """A conversation in web chat or on Telegram: somebody who answers what they are asked."""
        door = LiveDoor(self.house.reception, self.house.store, self.clock, planned.channel)
        conversation = door.begin()[0]
        if planned.channel is Channel.TELEGRAM:
            chat, now = self.random.randint(10**8, 10**9), self.clock()
            await self.house.store.transact(lambda unit: unit.messenger.open_chat(conversation, _BOT, chat, now))
        said: tuple[str, Mapping[str, str]] | None = (self._as_typed(planned.matter.short), {})
        if planned.turn is Turn.PLAIN and self.random.random() < 0.3:
            await self._say(door, conversation, 0, self.writer.one("special", "chat_openers"), {}, planned)
        for number in range(1, MOST_TURNS):
            if said is None:
                return
            await self._say(door, conversation, number, *said, planned)
            state = (await door.view(conversation)).state
            over = said[0] in read("special")["chat_thanks"]
            said = None if over or state is None else self._next(state, planned, number)

    async def _say(
        self, door: LiveDoor, conversation: str, number: int, text: str, told: Mapping[str, str], planned: Planned
    ) -> None:
        self.clock.forward(timedelta(seconds=self.random.randint(9, 48)))
        contact = await door.keep(conversation, f"demo-{number}", text, told)
        self.meant[contact] = planned
        await self._until_handled(contact)

    def _next(self, state: Conversation, planned: Planned, number: int) -> tuple[str, Mapping[str, str]] | None:
        """What they say next; None where they say no more."""
        talk = state.talk
        if planned.turn is Turn.PERSON and number == 1:
            return self.writer.one("special", "chat_person"), {}
        if planned.turn is Turn.ABANDONED and number >= 2:
            return None
        if talk.prompt and talk.prompt == self._saying("call_when"):
            return self.writer.one("special", "call_times"), {}
        if talk.asking is not None:
            return self._answer(talk.asking, planned), {}
        offered = {choice.value: choice.label for choice in talk.offered}
        preferred = (*_PREFERRED, f"route:{planned.matter.route}", *offered)
        chosen = next((value for value in preferred if value in offered), "")
        if state.holder is not Holder.ASSISTANT or not chosen or talk.done or chosen == "person":
            thanks = number < 6 and self.random.random() < 0.25 and state.holder is Holder.ASSISTANT
            return (self.writer.one("special", "chat_thanks"), {}) if thanks else None
        return offered[chosen], {"choice": chosen}

    def _as_typed(self, text: str) -> str:
        """As people type into a chat: some without capitals, apostrophes and full stops."""
        return text.lower().rstrip(".").replace("'", "") if self.random.random() < 0.3 else text

    def _answer(self, asking: Detail, planned: Planned) -> str:
        someone = planned.matter.someone
        answers = {
            Detail.WHAT: planned.matter.short,
            Detail.WHERE: f"{someone.number} {someone.street}, {someone.postcode}",
            Detail.PUT_RIGHT: planned.matter.put_right,
            Detail.NAME: someone.name,
            Detail.EMAIL: someone.email,
            Detail.PHONE: someone.phone,
            Detail.ADDRESS: someone.address,
            Detail.REPLY_BY: someone.email if self.random.random() < 0.7 else someone.phone,
            Detail.EARLIER: "yes" if planned.matter.sore else "no",
            Detail.WHEN: "last week",
            Detail.CONSENT: "yes, they know",
        }
        return answers.get(asking, "skip")

    def _saying(self, name: str) -> str:
        policy = self.house.policy
        return say_it(policy.flow.sayings[name], {}, policy.council)


def _without_greeting(text: str) -> str:
    """Forms have no letter's beginning and end."""
    greetings, closings = read("phrases")["greetings"], read("phrases")["closings"]
    paragraphs = [part for part in text.split("\n\n") if part not in greetings]
    last = [part for part in paragraphs if not any(closing and part.startswith(closing) for closing in closings)]
    return "\n\n".join(last or paragraphs)


def is_office_hour(moment: datetime, house: House) -> bool:
    """Do officers sit at their desks?"""
    local = moment.astimezone(house.policy.calendar.zone)
    return 9 <= local.hour < 17 and not house.policy.calendar.day_off(local.date())
