"""Reading Telegram's updates: what a resident said or pressed, and what else happened. Files are not fetched."""

from collections.abc import Callable
from dataclasses import dataclass

from telegram import CallbackQuery, Chat, ChatMember, ChatMemberUpdated, Message, Update

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
"""The updates that we ask Telegram for."""


@dataclass(frozen=True)
class Said:
    """A message. ``turn`` names it in its chat; ``missing`` says for an officer what of it was not taken."""

    chat: int
    turn: str
    text: str
    missing: str = ""


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
_NOT_TAKEN = {
    "voice": "A voice message",
    "audio": "A sound file",
    "photo": "A picture",
    "animation": "An animation",
    "video": "A film",
    "video_note": "A video message",
    "document": "A file",
    "sticker": "A sticker",
    "contact": "A contact card",
    "poll": "A poll",
    "dice": "A die",
    "story": "A story",
}
"""What is looked for in this order: an animation is a document too."""

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
    return Said(message.chat.id, f"u{update}.{message.message_id}", *words) if words else None


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
