"""A browser in words, for an officer's list of sessions: "Firefox on Windows". It proves nothing."""

from starlette.requests import Request

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
"""What to look for, and what it means: the first that is found."""


def browser_of(request: Request) -> str:
    """The request's browser and system, as far as they are known."""
    says = request.headers.get("User-Agent", "")[:500]
    browser = next((name for sign, name in _BROWSERS if sign in says), "A browser")
    system = next((name for sign, name in _SYSTEMS if sign in says), "")
    return f"{browser} on {system}" if system else browser
