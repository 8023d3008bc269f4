"""Policy packs: a council's YAML files become a Policy, or a list of mistakes. Nothing here knows any council."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from pathlib import Path

from govuk_bank_holidays.bank_holidays import BankHolidays

from config import pack_shapes as shapes
from config.language_files import LanguageFile, make_languages, read_languages, warn_of_languages
from config.overlays import read_tongues, with_safety_words
from config.pack_checks import PackFiles, check_across, warn_of_doubts
from config.pack_reader import PackReader
from intake import policy as p
from intake.addresses import one_spelling
from intake.errors import WrongPack
from intake.flow import Aside, Choice, Flow, Question
from intake.form_words import FormWords, PageWords
from intake.incidents import IncidentWords
from intake.working_days import Span, WorkingCalendar


@dataclass(frozen=True)
class Checked:
    """What was found: mistakes stop a pack from being used (then there is no policy), warnings do not."""

    mistakes: tuple[str, ...]
    warnings: tuple[str, ...]
    policy: p.Policy | None


def load_pack(folder: Path) -> p.Policy:
    """The policy of a pack. Raises WrongPack with every mistake."""
    checked = check_pack(folder)
    if checked.policy is None:
        raise WrongPack(checked.mistakes)
    return checked.policy


def placed(policy: p.Policy, front_door: str, console: str) -> p.Policy:
    """The policy in every language, with the addresses at which its pages are served."""
    known: dict[str, p.Policy] = {}

    def at_home(one: p.Policy) -> p.Policy:
        return replace(one, council=replace(one.council, front_door=front_door, console=console), tongues=known)

    known |= {tag: at_home(tongue) for tag, tongue in policy.tongues.items()}
    return at_home(policy)


def check_pack(folder: Path) -> Checked:
    """Read a pack and tell everything that is wrong with it, and everything that somebody should confirm."""
    if not folder.is_dir():
        return Checked(
            (f"{folder}: there is no such folder; name one that holds a policy pack, here or in RIGHTDOOR_COUNCIL",),
            (),
            None,
        )
    pack = PackReader(folder)
    read = {name: pack.read(name, shape) for name, shape in shapes.SHAPES.items()}
    languages = read_languages(pack)
    if pack.mistakes:
        return Checked(tuple(pack.mistakes), (), None)
    files = PackFiles(**read)
    check_across(pack, files)
    if pack.mistakes:
        return Checked(tuple(pack.mistakes), (), None)
    tongues = read_tongues(pack, files, languages)
    if pack.mistakes:
        return Checked(tuple(pack.mistakes), (), None)
    policy = _in_every_tongue(files, languages, tongues)
    warn_of_doubts(pack, files, policy.calendar.known_to)
    warn_of_languages(pack, languages)
    return Checked((), tuple(pack.warnings), policy)


def _in_every_tongue(
    files: PackFiles, languages: Mapping[str, LanguageFile], tongues: Mapping[str, PackFiles]
) -> p.Policy:
    """The policy in English, which knows itself in every language that the pack has whole."""
    known: dict[str, p.Policy] = {}
    english = replace(_policy(with_safety_words(files, tongues), languages), tongues=known)
    known[p.ENGLISH_TAG] = english
    for tag, tongue in tongues.items():
        known[tag] = replace(_policy(tongue, languages), tag=tag, own_name=languages[tag].own_name, tongues=known)
    return english


def _policy(files: PackFiles, languages: Mapping[str, LanguageFile]) -> p.Policy:
    council, wording = files.council, files.wording
    procedures = files.procedures.procedures
    return p.Policy(
        council=p.Council(**{**council.council.model_dump(), "mailboxes": tuple(council.council.mailboxes)}),
        services={key: _service(key, shape) for key, shape in files.services.services.items()},
        signposts={key: _signpost(key, shape) for key, shape in files.signposts.signposts.items()},
        procedures={kind: _procedure(kind, procedures[chosen]) for kind, chosen in council.procedures.items()},
        other_clocks={key: _clock(key, shape) for key, shape in files.procedures.other_clocks.items()},
        triggers=tuple(
            _trigger(key, shape, shape.level, shape.phrases, shape.and_any, shape.goes_on)
            for key, shape in files.safety.triggers.items()
        ),
        unclear=_trigger("unclear", files.safety.unclear, p.Level.TODAY),
        templates={key: p.Template(shape.subject, shape.body) for key, shape in wording.letters.items()},
        phrases=wording.phrases,
        questions={detail.value: words for detail, words in wording.questions.items()},
        asks={route: tuple(detail.value for detail in details) for route, details in council.asks.items()},
        teams={key: p.Team(shape.name, shape.email, shape.phone) for key, shape in council.teams.items()},
        route_teams=council.route_teams,
        sure_enough=council.sure_enough,
        alarm=council.alarm,
        opening=_opening(council),
        calendar=_calendar(council),
        letters_a_day=council.letters_a_day,
        parked=frozenset(one_spelling(entry) for entry in council.parked),
        flow=_flow(files.flow),
        form=_form(files.form),
        languages=make_languages(languages),
        pages=files.pages.pages,
        live=p.Live(**council.live.model_dump()),
        incidents=IncidentWords(**council.incidents.model_dump()),
        canned=_canned(files.canned),
        signpost_months=council.signpost_months,
    )


def _canned(shape: shapes.CannedFile) -> p.Canned:
    words = {key: p.CannedWords(one.name, one.kind.value, one.body.strip()) for key, one in shape.words.items()}
    return p.Canned(words, frozenset(kind.value for kind in shape.check))


def _service(key: str, shape: shapes.ServiceShape) -> p.Service:
    return p.Service(
        key=key,
        name=shape.name,
        about=shape.about,
        words=tuple(shape.words),
        directorate=shape.directorate,
        procedure=shape.procedure,
        team=p.Team(shape.team, shape.email, shape.phone),
        first_report=shape.first_report,
        asks_where=shape.asks_where,
        lgsl=tuple(shape.lgsl),
        need_to_know=shape.need_to_know,
    )


def _signpost(key: str, shape: shapes.SignpostShape) -> p.Signpost:
    return p.Signpost(
        key=key,
        body=shape.body,
        kind=shape.kind,
        about=shape.about,
        words=tuple(shape.words),
        reach={str(how): where for how, where in shape.reach.items()},
        time_limit=shape.time_limit,
        have_ready=tuple(shape.have_ready),
        way_back=shape.way_back,
        source=shape.source,
        checked=shape.checked,
        owner=shape.owner,
    )


def _procedure(kind: str, shape: shapes.ProcedureShape) -> p.Procedure:
    stages = tuple(
        p.Stage(s.key, s.name, s.answered_by, s.escalate, tuple(_clock(clock.key, clock) for clock in s.clocks))
        for s in shape.stages
    )
    return p.Procedure(kind, shape.name, shape.basis, shape.final_body, shape.advocacy or "", stages)


def _clock(key: str, shape: shapes.ClockShape) -> p.Clock:
    span = None
    if shape.length is not None:
        span = Span(
            length=shape.length,
            unit=shape.unit,
            day_zero=shape.day_zero,
            non_working_receipt=shape.non_working_receipt,
            holidays=shape.holidays,
            end_on_non_working=shape.end_on_non_working,
        )
    return p.Clock(key, shape.name, span, shape.start, shape.when == "urgent", shape.source)


def _trigger(
    key: str,
    shape: shapes.HelpShape,
    level: p.Level,
    phrases: Sequence[str] = (),
    and_any: Sequence[str] = (),
    goes_on: Sequence[str] = (),
) -> p.Trigger:
    return p.Trigger(
        key=key,
        name=shape.name,
        level=level,
        phrases=tuple(phrases),
        and_any=tuple(and_any),
        goes_on=tuple(goes_on),
        say=" ".join(shape.say.split()),
        signposts=tuple(shape.signposts),
        call=shape.call,
    )


def _flow(shape: shapes.FlowFile) -> Flow:
    return Flow(
        questions={detail: _question(question) for detail, question in shape.questions.items()},
        routes={route: tuple(details) for route, details in shape.routes.items()},
        sayings=shape.sayings,
        words={key: tuple(phrases) for key, phrases in shape.words.items()},
        buttons={key: Choice(button.label, key, tuple(button.words)) for key, button in shape.buttons.items()},
        asides={key: Aside(tuple(aside.words), aside.says) for key, aside in shape.asides.items()},
    )


def _form(shape: shapes.FormFile) -> FormWords:
    return FormWords(
        order=tuple(shape.order),
        also={route: tuple(pages) for route, pages in shape.also.items()},
        kept_days=shape.kept_days,
        saved_days=shape.saved_days,
        pages={key: PageWords(page.ask, page.hint, page.empty, page.label) for key, page in shape.pages.items()},
        words=shape.words,
    )


def _question(shape: shapes.QuestionShape) -> Question:
    choices = tuple(Choice(one.label, one.value, tuple(one.words), tuple(one.refused)) for one in shape.choices)
    return Question(shape.ask, shape.again, shape.label, tuple(shape.named), choices, shape.may_skip, shape.spoken)


def _opening(council: shapes.CouncilFile) -> p.OpeningHours:
    hours = {
        shapes.WEEKDAYS.index(weekday): (time.fromisoformat(value[:5]), time.fromisoformat(value[6:]))
        for weekday, value in council.opening_hours.items()
    }
    return p.OpeningHours(hours, {closed.day: closed.why for closed in council.closed_days})


def _calendar(council: shapes.CouncilFile) -> WorkingCalendar:
    """Bank holidays from the published list that the library carries, and those the council added."""
    published = BankHolidays(use_cached_holidays=True)
    extra = {holiday.day: holiday.name for holiday in council.extra_bank_holidays}
    divisions = {division: dict(_days_of(published, division)) for division in published.data}
    uk_any = {day: name for days in divisions.values() for day, name in days.items()} | extra
    england = divisions[BankHolidays.ENGLAND_AND_WALES] | extra
    known_to = date(max(divisions[BankHolidays.ENGLAND_AND_WALES]).year, 12, 31)
    return WorkingCalendar({"england": england, "uk_any": uk_any}, known_to, cut_off=council.receipt_cut_off)


def _days_of(published: BankHolidays, division: str) -> Iterator[tuple[date, str]]:
    for holiday in published.get_holidays(division=division):
        yield holiday["date"], holiday["title"].replace("\u2019", "'")
