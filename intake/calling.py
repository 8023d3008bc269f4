"""Calling people: what helps at once in danger, which team is told, and when somebody is there."""

from datetime import date, datetime, timedelta

from intake.conversation import Conversation
from intake.effects import Fields, PassOn
from intake.interpretation import Detail
from intake.policy import Policy, Team
from intake.safety import Harm
from intake.triage import Decision
from intake.wording import day


def help_at_once(harms: tuple[Harm, ...], policy: Policy) -> str:
    """What to do at once, for every harm that was found, with the doors that help."""
    lines: list[str] = []
    for harm in harms:
        if harm.today and harm.trigger.say not in lines:
            lines.append(harm.trigger.say)
            for key in harm.trigger.signposts:
                reach = policy.signposts[key].reach
                how = reach.get("phone") or reach.get("web", "")
                lines.append(f"* {policy.signposts[key].body}: {how}")
    return "\n".join(dict.fromkeys(lines))


def team_called(harms: tuple[Harm, ...], urgent: bool, policy: Policy, now: datetime) -> Team:
    """Who is called: the team that the harm names; where it is urgent and nobody sits there now, those on duty."""
    harm = next((harm for harm in harms if harm.today), None) or next(iter(harms), None)
    contact_centre = policy.teams["contact_centre"]
    fallback = policy.teams["duty"] if urgent else contact_centre
    team = policy.teams.get(harm.trigger.call, fallback) if harm else fallback
    closed = not policy.opening.open_at(now, policy.calendar)
    return fallback if urgent and closed and team == contact_centre else team


def pass_on(
    conversation: Conversation,
    decision: Decision,
    policy: Policy,
    contact: str,
    words: str,
    template: str = "passed_on",
    team: Team | None = None,
    reason: str = "",
) -> PassOn:
    """Write to the team that takes it, with the resident's own words and how to reach them."""
    chosen = team or policy.team_for(decision.route, decision.service)
    service = policy.services.get(decision.service)
    fields: Fields = {
        "route": policy.phrases[f"route_{decision.route}"],
        "service": service.name if service else "",
        "person": _parts(conversation),
        "where": conversation.details.get(Detail.WHERE, ""),
        "put_right": conversation.details.get(Detail.PUT_RIGHT, ""),
        "reference": conversation.case,
        "contact": contact,
        "words": words,
        "reason": reason,
        "reasons": decision.reasons,
    }
    return PassOn(chosen, template, fields)


def next_open_day(policy: Policy, now: datetime) -> str:
    """The day by which a person will have read it, in words."""
    return day(next_open_date(policy, now))


def next_open_date(policy: Policy, now: datetime) -> date:
    """The day by which a person will have read it: the next day that the contact centre opens, said truthfully."""
    moment = now
    for _ in range(30):
        moment += timedelta(days=1)
        local = moment.astimezone(policy.calendar.zone)
        if local.weekday() not in policy.opening.hours:
            continue
        opens, _closes = policy.opening.hours[local.weekday()]
        if policy.opening.open_at(local.replace(hour=opens.hour, minute=opens.minute), policy.calendar):
            return local.date()
    return policy.calendar.local_day(moment)


def _parts(conversation: Conversation) -> tuple[str, ...]:
    """Who it is, how to reach them, and what they need."""
    person, needs = conversation.person, conversation.details.get(Detail.NEEDS, "")
    said = (person.name, person.email, person.phone, person.address, f"Needs: {needs}" if needs else "")
    return tuple(part for part in said if part)
