"""The GOV.UK Design System's components, from govuk-frontend-jinja's macros, for use in our own templates."""

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, PrefixLoader
from jinja2.environment import TemplateModule
from markupsafe import Markup

_PACKAGE = "govuk_frontend_jinja"
# Its macros ask for parameters that nobody gave; our own templates, in an environment of their own, must not.
_MACROS = Environment(
    loader=PrefixLoader({_PACKAGE: PackageLoader(_PACKAGE)}), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def component(name: str, /, **params: Any) -> Markup:
    """A component's HTML. ``name`` is as the design system has it (``error-summary``), and so are the parameters.

    What is given as ``text`` is escaped; ``html`` must be ours.
    """
    macro = getattr(_module(name), "govuk" + "".join(map(str.title, re.split("-", name))))
    return Markup(macro(params))  # noqa: S704  its macros escape each text


@cache
def _module(name: str) -> TemplateModule:
    return _MACROS.get_template(f"{_PACKAGE}/components/{name}/macro.html").module
