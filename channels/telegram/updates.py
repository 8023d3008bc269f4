"""Reading Telegram's updates: what a resident said, sent or pressed, and what else happened. It fetches nothing."""

from collections.abc import Callable
from dataclasses import dataclass

from telegram import CallbackQuery, Chat, ChatMember, ChatMemberUpdated, Message, Update

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
"""The updates that we ask Telegram for."""


@dataclass(frozen=True)
class Held:
    """A file that Telegram holds for us. ``size`` is what Telegram says of it (0: nothing)."""

    id: str
    name: str
    size: int
    what: str


@dataclass(frozen=True)
class Said:
    """A message. ``turn`` names it in its chat; ``missing`` says for an officer what of it cannot be taken.

    ``trouble`` says what of it a person must hear, as no words stand in it.
    """

    chat: int
    turn: str
    text: str
    missing: str = ""
    file: Held | None = None
    trouble: str = ""


@dataclass(frozen=True)
class Pressed:
    """A button under a message of ours. ``data`` is what we put behind it; anybody could send anything as that."""

    chat: int
    turn: str
    query: str
    message: int
    data: str


@dataclass(frozen=True)
class InGroup:
    """Something happened in a group or channel, where we do not talk."""

    chat: int


@dataclass(frozen=True)
class Closed:
    """Its resident blocked the bot, or deleted the chat."""

    chat: int


Happened = Said | Pressed | InGroup | Closed | None
"""None: nothing that wants an answer."""

_COMMANDS = ("status", "human", "stop", "help")
_FILES = {
    "voice": ("A voice message", "voice message.ogg"),
    "audio": ("A sound file", "sound"),
    "photo": ("A picture", "photo.jpg"),
    "animation": ("An animation", "animation.mp4"),
    "video": ("A film", "film.mp4"),
    "video_note": ("A video message", "video message.mp4"),
    "document": ("A file", ""),
}
"""What is fetched: how it is called, and its name where it has none. An animation is a document too."""

_SPOKEN = ("voice", "video_note")
_NOT_TAKEN = {
    "sticker": "A sticker",
    "contact": "A contact card",
    "poll": "A poll",
    "dice": "A die",
    "story": "A story",
}
"""What holds no file of theirs."""

_SILENT = (
    "pinned_message",
    "message_auto_delete_timer_changed",
    "write_access_allowed",
    "chat_background_set",
    "left_chat_member",
)
"""What Telegram says of the chat itself."""

_EDITED = "I have changed my message. I meant: "


def read_update(update: Update) -> Happened:
    """What happened."""
    if update.edited_message:
        return _message(update.edited_message, update.update_id, _edited)
    if update.message:
        return _message(update.message, update.update_id, _said)
    if update.callback_query:
        return _pressed(update.callback_query)
    return _membership(update.my_chat_member) if update.my_chat_member else None


def unreadable(update: object) -> Said | None:
    """An update that cannot be read, as far as its chat can be found; it must not be lost, nor stop the others."""
    if not isinstance(update, dict):
        return None
    message = update.get("message") or update.get("edited_message")
    chat = message.get("chat") if isinstance(message, dict) else None
    number = chat.get("id") if isinstance(chat, dict) and chat.get("type") == Chat.PRIVATE else None
    if not isinstance(number, int):
        return None
    return Said(number, f"u{update.get('update_id')}", "", "A message that could not be read. Telegram has it.")


def _message(message: Message, update: int, read: Callable[[Message], tuple[str, str] | None]) -> Happened:
    if message.chat.type != Chat.PRIVATE:
        return InGroup(message.chat.id)
    words = read(message)
    if words is None:
        return None
    text, missing = words
    trouble = next((f"{_FILES[kind][0]}: a person must hear it." for kind in _SPOKEN if getattr(message, kind)), "")
    return Said(message.chat.id, f"u{update}.{message.message_id}", text, missing, _file(message), trouble)


def _file(message: Message) -> Held | None:
    """The file in a message; of a picture the largest that Telegram made of it."""
    for kind, (what, name) in _FILES.items():
        found = getattr(message, kind)
        file = found[-1] if kind == "photo" and found else found
        if file:
            return Held(file.file_id, getattr(file, "file_name", None) or name, file.file_size or 0, what)
    return None


def _said(message: Message) -> tuple[str, str] | None:
    """Its words, and what is missing; None where Telegram says something of the chat."""
    if message.text is not None:
        return _command(message.text), ""
    if message.venue or message.location:
        return _place(message), ""
    if message.contact and message.from_user and message.contact.user_id == message.from_user.id:
        return f"My phone number is {message.contact.phone_number}", ""
    if any(getattr(message, name, None) for name in _SILENT):
        return None
    if any(getattr(message, name, None) for name in _FILES):
        return message.caption or "", ""
    what = next((words for name, words in _NOT_TAKEN.items() if getattr(message, name, None)), "Something")
    return message.caption or "", f"{what}, which is not fetched from Telegram."


def _edited(message: Message) -> tuple[str, str] | None:
    """The new words correct the old ones; a place that moves with its phone is told once only."""
    words = None if message.location else _said(message)
    return (f"{_EDITED}{words[0]}" if words[0] else "", words[1]) if words else None


def _command(text: str) -> str:
    """A command as the pack's words know it: without the bot's name, and /start without what a link added."""
    first, _, rest = text.partition(" ")
    name = first.partition("@")[0].lower().removeprefix("/")
    if not first.startswith("/") or name not in ("start", *_COMMANDS):
        return text
    return f"/{name}" if name == "start" else f"/{name} {rest}".strip()


def _place(message: Message) -> str:
    venue, location = message.venue, message.location or (message.venue.location if message.venue else None)
    where = f"{location.latitude:.6f}, {location.longitude:.6f} on the map" if location else ""
    return ", ".join(filter(None, (*((venue.title, venue.address) if venue else ()), where)))


def _pressed(query: CallbackQuery) -> Happened:
    if query.message is None or query.data is None:
        return None
    chat, message = query.message.chat, query.message.message_id
    if chat.type != Chat.PRIVATE:
        return InGroup(chat.id)
    return Pressed(chat.id, f"b{message}", query.id, message, query.data)


def _membership(change: ChatMemberUpdated) -> Happened:
    inside = change.new_chat_member.status not in (ChatMember.BANNED, ChatMember.LEFT)
    if change.chat.type != Chat.PRIVATE:
        return InGroup(change.chat.id) if inside else None
    return None if inside else Closed(change.chat.id)
