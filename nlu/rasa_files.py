"""Write the examples as a Rasa server learns them: ``python -m nlu.rasa_files FILE [MOST]`` (make rasa calls it).

Rasa reads square brackets, a leading slash and newlines as markup, so they are taken out, just as they are taken out of
what is sent to it. An intent is the route. MOST keeps so many examples of each, for a quick trial.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from nlu.examples import Example, read_examples
from nlu.rasa_server import as_rasa_reads


def as_rasa_learns(examples: Sequence[Example], most: int = sys.maxsize) -> str:
    """Rasa's training data (YAML, format 3.1). Every message stands in JSON's quotes, which YAML reads as they are."""
    by_route: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        words = as_rasa_reads(example.text)
        if words and len(by_route[example.route]) < most:
            by_route[example.route].append(words)
    lines = ['version: "3.1"', "nlu:"]
    for route, messages in by_route.items():
        lines += [f"- intent: {route}", "  examples:"]
        lines += [f"  - text: {json.dumps(words, ensure_ascii=False)}" for words in messages]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the file that is named."""
    most = int(sys.argv[2]) if len(sys.argv) > 2 else sys.maxsize
    Path(sys.argv[1]).write_text(as_rasa_learns(read_examples(), most), encoding="utf-8")


if __name__ == "__main__":
    main()
