"""A letter as an HTML part that everybody can read: one column, large letters, no pictures, nothing from elsewhere."""

from collections.abc import Container

from markupsafe import Markup, escape

from channels.rendering import letter
from intake.languages import passages, whole

_PAGE = Markup(
    """<!doctype html>
<html lang="{lang}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
h1 {{ font-size: 24px; line-height: 1.25; margin: 0 0 20px }}
h2 {{ font-size: 19px; line-height: 1.25; margin: 30px 0 10px }}
p, ul {{ margin: 0 0 20px }}
li {{ margin: 0 0 5px }}
a {{ color: #1a65a6; text-decoration: underline }}
</style>
</head>
<body style="margin: 0; padding: 16px; background: #ffffff; color: #0b0c0c; font-family: Arial, Helvetica, sans-serif; \
font-size: 16px; line-height: 1.5; overflow-wrap: anywhere">
<div role="main" style="max-width: 40em">
<h1>{subject}</h1>
{body}
</div>
</body>
</html>
"""
)


def as_html(subject: str, body: str, hosts: Container[str]) -> str:
    """The page. Only https addresses of these hosts become links: none that a resident wrote could be one."""
    own = whole(body)
    words = letter(own.text, hosts=hosts)
    lang = own.tag or "en-GB"
    return str(_PAGE.format(lang=lang, title=subject, subject=_marked(subject, own.text), body=words))


def _marked(subject: str, body: str) -> Markup:
    """The heading, what stands in another language marked so: the letter's first passage tells which."""
    first = passages(body)[:1]
    own, slash, english = subject.partition(" / ")
    if not first or not first[0].tag or not slash:
        return escape(subject)
    marked = Markup('<span lang="{0}" dir="{1}">{2}</span> / {3}')
    return marked.format(first[0].tag, first[0].direction, own, english)
