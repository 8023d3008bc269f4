"""The libraries that benchmarks.quoted_text compares us with, run under their own environment's Python.

Reads {"library": ..., "texts": [...]} from standard input and prints {"said": [...], "seconds": [...]}.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module

Splitter = Callable[[str], str]


def talon() -> Splitter:
    """Mailgun's, quotations only."""
    import_module("talon").init()
    extract = import_module("talon.quotations").extract_from_plain
    return lambda text: str(extract(text))


def talon_signatures() -> Splitter:
    """Mailgun's, quotations and then signatures."""
    quotations = talon()
    extract = import_module("talon.signature.bruteforce").extract_signature
    return lambda text: str(extract(quotations(text))[0])


def mail_parser_reply() -> Splitter:
    """With all its languages."""
    languages = list(import_module("mailparser_reply.constants").MAIL_LANGUAGES)
    parser = import_module("mailparser_reply").EmailReplyParser(languages=languages)
    return lambda text: parser.parse_reply(text) or ""


def quotequail() -> Splitter:
    """Close's: the parts that it would show unfolded."""
    quote = import_module("quotequail").quote
    return lambda text: "\n".join(words for shown, words in quote(text) if shown)


LIBRARIES: dict[str, Callable[[], Splitter]] = {
    "talon 1.4.4": talon,
    "talon 1.4.4 with signatures": talon_signatures,
    "mail-parser-reply 1.36": mail_parser_reply,
    "quotequail 0.5.4": quotequail,
}


def _main() -> None:
    asked = json.load(sys.stdin)
    split = LIBRARIES[asked["library"]]()
    said, seconds = [], []
    for text in asked["texts"]:
        start = time.process_time()
        try:
            words = split(text)
        except Exception:
            words = ""  # whatever a library does wrong, it has found nothing
        seconds.append(time.process_time() - start)
        said.append(words)
    print(json.dumps({"said": said, "seconds": seconds}))


if __name__ == "__main__":
    _main()
