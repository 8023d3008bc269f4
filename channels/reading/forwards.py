"""Mails that came inside a mail: attached to it, or saved by Outlook. Often they are the complaint itself."""

from collections.abc import Iterator
from email.message import Message
from itertools import islice

from channels.reading.charsets import clean, one_line
from channels.reading.headers import addresses, header
from channels.reading.outlook_msg import is_msg, read_msg
from channels.reading.parts import is_file, is_tnef, leaves, parts_of
from channels.reading.text import LONGEST_PAGE, LONGEST_TEXT, page_text, text_of
from channels.reading.tnef import OutlookMail, read_tnef
from channels.reading.transfer_encoding import content

MOST_MAILS = 10


def forwarded(message: Message) -> list[str]:
    """Each mail inside this one as words: who sent it, its subject, its text."""
    saved = (mail for part in leaves(message) if (mail := _saved(part)))
    words = (*(_words_of(mail) for mail in _mails_in(message)), *(_words_of_saved(mail) for mail in saved))
    return list(islice(filter(None, words), MOST_MAILS))


def outlook_text(message: Message) -> str:
    """The text that stands in Outlook's winmail.dat alone; empty where there is none."""
    texts = (_text(mail) for part in leaves(message) if is_tnef(part) and (mail := _wrapped(part)))
    return next((text for text in texts if text.strip()), "")


def _mails_in(message: Message) -> Iterator[Message]:
    """Attached mails (message/rfc822), outer before inner. What a report carries is our own mail coming back."""
    if message.get_content_type() == "multipart/report":
        return
    for child in parts_of(message) or ():
        if message.get_content_type() in ("message/rfc822", "message/global"):
            yield child
        yield from _mails_in(child)


def _words_of(mail: Message) -> str:
    name, address = next(iter(addresses(mail, "From", 1)), ("", ""))
    return _words(f"{name} <{address}>" if address else name, header(mail, "Subject"), text_of(mail).words)


def _words_of_saved(mail: OutlookMail) -> str:
    return _words(one_line(mail.sender)[:300], one_line(mail.subject)[:300], _text(mail))


def _words(sender: str, subject: str, text: str) -> str:
    if not (subject or text.strip()):
        return ""
    head = f"Forwarded mail from {sender.strip() or 'somebody who is not named'}:"
    return "\n".join(filter(None, (head, subject, text.strip())))


def _saved(part: Message) -> OutlookMail | None:
    if not is_file(part) or is_tnef(part):
        return None
    data = content(part)
    try:
        return read_msg(data) if is_msg(data) else None
    except ValueError:
        return None


def _wrapped(part: Message) -> OutlookMail | None:
    try:
        return read_tnef(content(part))
    except ValueError:
        return None


def _text(mail: OutlookMail) -> str:
    if any(map(str.isalnum, mail.text)):
        return clean(mail.text)[:LONGEST_TEXT]
    return clean(page_text(mail.html[:LONGEST_PAGE]))[:LONGEST_TEXT] if mail.html.strip() else ""
