"""A turn of a live conversation and what is said to it: the pieces that every move is made from."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from intake.calling import next_open_day
from intake.casework import Drawn
from intake.conversation import Conversation
from intake.dialogue import Heard
from intake.effects import Effect, Fields, Step, Tell
from intake.flow import Choice
from intake.gathering import choices_for
from intake.interpretation import Detail, Sign
from intake.policy import Policy
from intake.safety import LIKELY, look
from intake.triage import Decision
from intake.typed import Typed
from intake.wording import say_it

NOBODY_DECIDED = Decision("no_action", "none", "none", False, "none", 1.0, False, False, "talk", (), ())
"""What stands for a decision while nothing was told that could be decided."""


@dataclass(frozen=True)
class Scene:
    """One turn: what was heard, in which conversation, under which policy, and when (UTC)."""

    heard: Heard
    conversation: Conversation
    policy: Policy
    drawn: Drawn
    now: datetime

    @cached_property
    def typed(self) -> Typed:
        """What was typed, made ready."""
        return Typed(self.heard.contact.words, self.policy.flow.words)

    @cached_property
    def chosen(self) -> Choice | None:
        """The choice that was taken of those that are offered, by a button or by typing."""
        offered = self.conversation.talk.offered
        pressed = dict(self.heard.contact.told).get("choice", "")
        if pressed:
            return next((choice for choice in offered if choice.value == pressed), None)
        if self.typed.text.endswith("?"):
            return None
        leaving = self.conversation.talk.leaving
        return self.typed.choice(offered) or (self.typed.last_named(offered) if leaving else None)

    @cached_property
    def danger_stands_in_words(self) -> bool:
        """Do safety words of the pack stand in it that do not read as history or a figure of speech?"""
        over = {harm.trigger.key for harm in self.heard.harms if harm.over}
        found = look(self.typed.text, self.policy.triggers)
        return any(harm.today and harm.trigger.key not in over for harm in found)

    @cached_property
    def danger_is_sure(self) -> bool:
        """Do its words show the harm, or does it read likelier than not?"""
        return self.danger_stands_in_words or self.heard.reading.sign(Sign.HARM_TODAY).confidence >= LIKELY

    @property
    def asking(self) -> Detail | None:
        """The detail that is being asked for."""
        return self.conversation.talk.asking

    @property
    def decision(self) -> Decision:
        """What was decided of its matter."""
        return self.conversation.decision or NOBODY_DECIDED

    def say(self, saying: str, **fields: str | tuple[str, ...]) -> str:
        """A saying of the flow, filled in."""
        return say_in(self.policy, self.now, saying, fields)


def say_in(policy: Policy, now: datetime, saying: str, fields: Fields) -> str:
    """A saying of the flow, filled in."""
    told: Fields = {"next_open_day": next_open_day(policy, now), **fields}
    return say_it(policy.flow.sayings[saying], told, policy.council)


def buttons(policy: Policy, *values: str) -> tuple[Choice, ...]:
    """Choices of the flow, by their values."""
    return tuple(policy.flow.buttons[value] for value in values)


def tell(conversation: Conversation, *parts: str, effects: tuple[Effect, ...] = ()) -> Step[Conversation]:
    """Say something that asks nothing: no question is open after it."""
    talk = replace(conversation.talk, asking=None, prompt="", offered=(), confirming=False, leaving=False)
    said = (Tell(text),) if (text := _joined(*parts)) else ()
    return Step(replace(conversation, talk=talk), (*effects, *said))


def offer(
    conversation: Conversation,
    *parts: str,
    prompt: str,
    choices: tuple[Choice, ...],
    asking: Detail | None = None,
    effects: tuple[Effect, ...] = (),
) -> Step[Conversation]:
    """Ask something: it stays open, with its choices, until it is answered."""
    talk = replace(
        conversation.talk,
        asking=asking,
        prompt=prompt,
        offered=choices,
        confirming=False,
        leaving=False,
        questions=conversation.talk.questions + (prompt != conversation.talk.prompt),
    )
    return Step(replace(conversation, talk=talk), (*effects, Tell(_joined(*parts, prompt), _shown(choices))))


def ask(
    conversation: Conversation, detail: Detail, policy: Policy, *parts: str, effects: tuple[Effect, ...] = ()
) -> Step[Conversation]:
    """Ask for a detail."""
    question = policy.flow.questions[detail]
    choices = choices_for(conversation, detail, question)
    return offer(conversation, *parts, prompt=question.ask, choices=choices, asking=detail, effects=effects)


def repeat(conversation: Conversation, *parts: str, effects: tuple[Effect, ...] = ()) -> Step[Conversation]:
    """Say something, then the open question again."""
    talk = conversation.talk
    return Step(conversation, (*effects, Tell(_joined(*parts, talk.prompt), _shown(talk.offered))))


def in_doubt(conversation: Conversation) -> bool:
    """Does the question stand open what this is? Asked once, it is asked again only of who told something new."""
    return any(choice.value.startswith("route:") for choice in conversation.talk.offered)


def let_choose(scene: Scene, conversation: Conversation, *parts: str) -> Step[Conversation]:
    """The choices of the question what this is, without asking it again."""
    return offer(conversation, *parts, prompt=scene.say("choose"), choices=conversation.talk.offered)


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _shown(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Choices as a turn keeps them: without the phrases that are typed for them."""
    return tuple(Choice(choice.label, choice.value) for choice in choices)
