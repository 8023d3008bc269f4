"""Calling people: what helps at once in danger, which team is told, and when somebody is there."""

from datetime import UTC, date, datetime, time, timedelta

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
    policy = policy.officers
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
    return day(next_open_date(policy, now), policy)


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


def call_until(policy: Policy, now: datetime) -> datetime:
    """When somebody has called back at the latest (UTC): the pack's hours, counted while the contact centre is open."""
    left = timedelta(hours=policy.live.call_back_hours)
    local = now.astimezone(policy.calendar.zone)
    for later in range(60):
        day_of_it = local.date() + timedelta(days=later)
        opens, closes = _open_on(policy, day_of_it)
        begins = max(opens, local)
        if begins + left <= closes:
            return (begins + left).astimezone(UTC)
        left -= max(timedelta(0), closes - begins)
    return now + timedelta(days=60)


def _open_on(policy: Policy, of: date) -> tuple[datetime, datetime]:
    """When the contact centre opens and closes on this day; both midnight where it doesn't open."""
    opens, closes = policy.opening.hours.get(of.weekday(), (time(), time()))
    begins, ends = (datetime.combine(of, at, policy.calendar.zone) for at in (opens, closes))
    return (begins, ends) if policy.opening.open_at(begins, policy.calendar) else (begins, begins)


def end_of_next_working_day(policy: Policy, now: datetime) -> datetime:
    """When the contact centre closes on the next day that it opens (UTC)."""
    _opens, closes = _open_on(policy, next_open_date(policy, now))
    return closes.astimezone(UTC)


def moment_in_words(at: datetime, policy: Policy) -> str:
    """A moment as residents read it: 9:05am on 14 December 2026."""
    local = at.astimezone(policy.calendar.zone)
    minutes = f":{local:%M}" if local.minute else ""
    clock = f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"
    return f"{'midday' if clock == '12pm' else clock} on {day(local, policy)}"


def _parts(conversation: Conversation) -> tuple[str, ...]:
    """Who it is, how to reach them, and what they need."""
    person, needs = conversation.person, conversation.details.get(Detail.NEEDS, "")
    said = (person.name, person.email, person.phone, person.address, f"Needs: {needs}" if needs else "")
    return tuple(part for part in said if part)
