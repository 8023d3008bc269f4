"""How a reference is read out on the phone: by the spelling alphabet of ITU and ICAO, which every call centre uses."""

_WORDS = (
    "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec Romeo "
    "Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu"
).split()
_LETTERS = {word[0]: word for word in _WORDS}
_DIGITS = dict(zip("0123456789", "zero one two three four five six seven eight nine".split(), strict=True))


def aloud(text: str) -> str:
    """BC-7K2M as it is said: Bravo Charlie, dash, seven Kilo two Mike."""
    groups = (" ".join(_say(sign) for sign in group) for group in text.upper().split("-"))
    return ", dash, ".join(groups)


def _say(sign: str) -> str:
    return _LETTERS.get(sign) or _DIGITS.get(sign) or sign
