"""What this installation is, for its administrators: its version, and its settings without any secret."""

import re
from importlib.metadata import version

from config.settings import Settings
from intake.upkeep import Installed

_SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|KEY")
_AS_WRITTEN = {"RIGHTDOOR_LIMITS": ("off", "on")}
"""How a setting that is true or false is written, where it isn't written so."""

_USER_AND_QUERY = re.compile(r"(?<=://)\S*@|\?\S*")
"""What may hold a password in an address. Too much is taken away rather than too little."""


def installed(settings: Settings) -> Installed:
    """Its version and settings."""
    named = ((f"RIGHTDOOR_{key.upper()}", value) for key, value in settings.model_dump().items())
    return Installed(version("rightdoor"), tuple((name, _shown(name, value)) for name, value in sorted(named)))


def _shown(name: str, value: object) -> str:
    if _SECRET.search(name):
        return "set" if value else "not set"
    if isinstance(value, bool):
        return _AS_WRITTEN.get(name, ("false", "true"))[value]
    words = "" if value is None else str(value)
    return _USER_AND_QUERY.sub("", words) if "://" in words else words
