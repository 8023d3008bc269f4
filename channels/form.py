"""The web form: one question a page, then all answers to check, then what happens next. It works without script.

Answers are kept in the store from the first on, so that a reload, a second tab or a restart loses none. Nothing is
sent before it was checked; only where somebody may be in danger, a person is told at once.
"""

import logging

from starlette.routing import BaseRoute, Route

from channels import govuk
from channels.form_checking import Checking
from channels.form_questions import Questions
from channels.form_room import Room
from channels.form_saved import Saved

log = logging.getLogger(__name__)


def routes(room: Room) -> list[BaseRoute]:
    """Every address below /contact, and the style sheets and script."""
    if not govuk.is_there():
        log.warning(govuk.MISSING)
    questions, checking, saved = Questions(room), Checking(room), Saved(room)
    return [
        Route("/contact", questions.show),
        Route("/contact", questions.take, methods=["POST"]),
        Route("/contact/check", checking.check),
        Route("/contact/check", checking.send, methods=["POST"]),
        Route("/contact/sent", checking.sent),
        Route("/contact/help", questions.help),
        Route("/contact/nothing-sent", checking.nothing_sent),
        Route("/contact/delete", checking.delete, methods=["POST"]),
        Route("/contact/saved", saved.saved),
        Route("/contact/code", saved.ask_code),
        Route("/contact/code", saved.come_back, methods=["POST"]),
        Route("/contact/{page}", questions.show),
        Route("/contact/{page}", questions.take, methods=["POST"]),
        govuk.route(),
    ]
