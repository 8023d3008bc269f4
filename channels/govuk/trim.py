"""Keeps of GOV.UK Frontend what our pages need: its style sheet without GOV.UK's font, and its script.

The font and the crest are GOV.UK's alone to use (design-system.service.gov.uk, "Typeface"). Run by fetch.sh.
"""

import re
import sys
from pathlib import Path

_FONT_FACE = re.compile(r"@font-face\{[^}]*\}")
_FONT_NOTICE = re.compile(r"/\*! Copyright \(c\) 2011 by Margaret Calvert[^*]*\*/")
_CREST = "url(/assets/images/govuk-crest.svg)"
_SOURCE_MAP = re.compile(r"\n?(/\*#|//#) sourceMappingURL=[^\n]*")


def trimmed_styles(css: str) -> str:
    """The style sheet without GOV.UK's font and crest: Arial stands where the font stood."""
    without = _FONT_NOTICE.sub("", _FONT_FACE.sub("", css))
    return _SOURCE_MAP.sub("", without.replace("GDS Transport,", "").replace(_CREST, "none"))


def main(found: Path, made: Path) -> None:
    """Read the package's files in one folder, and write ours into another."""
    made.mkdir(exist_ok=True)
    script = (found / "govuk-frontend.min.js").read_text(encoding="utf-8")
    (made / "govuk-frontend.min.js").write_text(_SOURCE_MAP.sub("", script), encoding="utf-8")
    styles = trimmed_styles((found / "govuk-frontend.min.css").read_text(encoding="utf-8"))
    (made / "govuk-frontend.min.css").write_text(styles, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
