"""Messages that no model learns from: thresholds are set on those in tuning/; those in held_out/, and the first few
words of chats in first_words/, only judge.
"""

import json
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).parent
Messages = Literal["tuning", "held_out", "first_words"]


def read_messages(which: Messages) -> list[dict[str, Any]]:
    """Messages in the batch form with their true labels; ``words`` is what triage reads of each."""
    messages = []
    for line in (FOLDER / which / "messages.jsonl").read_text(encoding="utf-8").splitlines():
        message = json.loads(line)
        messages.append({**message, "words": f"{message.get('subject', '')}\n{message['text']}".strip()})
    return messages
