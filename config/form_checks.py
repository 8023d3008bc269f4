"""What form.yaml must hold besides its shape: every page and every word that the web form uses."""

from config.pack_reader import PackReader
from config.pack_shapes import FlowFile, FormFile
from intake.form import OPTIONAL_PAGES, PAGES, WHAT, WORDS
from intake.interpretation import Detail
from intake.policy import Template
from intake.wording import placeholders


def check_form(pack: PackReader, form: FormFile, flow: FlowFile) -> None:
    """Everything that the form would otherwise miss while it runs."""
    _check_order(pack, form)
    _check_pages(pack, form, flow)
    for key in sorted(WORDS.keys() - form.words.keys()):
        pack.wrong(("form", "words"), f"needs {key}; copy it from the sample pack")
    for key, text in form.words.items():
        if key not in WORDS:
            pack.wrong(("form", "words", key), "is not known here; remove it or correct its spelling")
        for name in sorted(placeholders(Template("", text)) - set(WORDS.get(key, ()))):
            there = ", ".join(WORDS.get(key, ())) or "none here"
            pack.wrong(("form", "words", key), f"(({name})) is not known; there are {there}")


def _check_order(pack: PackReader, form: FormFile) -> None:
    """The first page is what happened; each page comes once."""
    if form.order[0] != WHAT:
        pack.wrong(("form", "order", "0"), f"must be {WHAT}: all else depends on it")
    for number, page in enumerate(form.order):
        if page not in PAGES or form.order.index(page) != number:
            pack.wrong(("form", "order", str(number)), f"{page} is no page, or stands twice; remove it")
    for page in sorted(PAGES - OPTIONAL_PAGES - set(form.order)):
        pack.wrong(("form", "order"), f"needs {page}")
    for route, pages in form.also.items():
        for number, page in enumerate(pages):
            if page not in form.order:
                pack.wrong(("form", "also", route, str(number)), f"{page} does not stand in order; add it there")


def _check_pages(pack: PackReader, form: FormFile, flow: FlowFile) -> None:
    """Every page has its words, and the flow has those of its choices and mistakes."""
    for page in form.order:
        if page not in form.pages:
            pack.wrong(("form", "pages"), f"needs the words of {page}; copy them from the sample pack")
        elif not form.pages[page].label:
            pack.wrong(("form", "pages", page), "needs a label, for the list of answers")
        if page in set(Detail) and Detail(page) not in flow.questions:
            pack.wrong(("form", "order"), f"there is no question for {page} in flow.yaml; add one")
    for page in form.pages:
        if page not in PAGES:
            pack.wrong(("form", "pages", page), "is no page; remove it or correct its spelling")
    for page in ("what", "options"):
        if page in form.pages and not form.pages[page].empty:
            pack.wrong(("form", "pages", page), "needs empty: it may not be left out")
