"""Messages that no model learns from: thresholds are set on those in tuning/, and those in held_out/ only judge."""

import json
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).parent


def read_messages(which: Literal["tuning", "held_out"]) -> list[dict[str, Any]]:
    """Messages in the batch form with their true labels; ``words`` is what triage reads of each."""
    messages = []
    for line in (FOLDER / which / "messages.jsonl").read_text(encoding="utf-8").splitlines():
        message = json.loads(line)
        messages.append({**message, "words": f"{message.get('subject', '')}\n{message['text']}".strip()})
    return messages
