"""Case references: BC-XXXX-XXXX. A name, not a secret; drawn at random, with a check symbol that catches slips.

Symbols are Douglas Crockford's base 32. The last one is a check over GF(32): the symbols times ascending powers of a
primitive element add up to nought, so that any one wrong symbol and any two swapped ones are caught.
"""

import secrets

_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FOLD = str.maketrans("OILU", "011V", " -\u2013\u2014._/")


def draw(prefix: str) -> str:
    """A new reference for a council's prefix. The caller draws again where it is taken."""
    body = [secrets.randbelow(32) for _ in range(7)]
    return _write(prefix, [*body, _check(body)])


def read(text: str, prefix: str) -> str | None:
    """The reference a person wrote, in its proper form: dashes, case and look-alike symbols forgiven.

    None where it is no reference of this council, or has a slip in it.
    """
    folded = text.strip().upper().translate(_FOLD)
    plain_prefix = prefix.upper().translate(_FOLD)
    symbols = folded.removeprefix(plain_prefix) if len(folded) == len(plain_prefix) + 8 else folded
    if len(symbols) != 8 or any(symbol not in _SYMBOLS for symbol in symbols):
        return None
    values = [_SYMBOLS.index(symbol) for symbol in symbols]
    return _write(prefix, values) if _check(values[:7]) == values[7] else None


def draw_code() -> str:
    """A secret that opens a case's status together with its reference: 40 bits, as XXXX-XXXX."""
    symbols = "".join(secrets.choice(_SYMBOLS) for _ in range(8))
    return f"{symbols[:4]}-{symbols[4:]}"


def fold_code(text: str) -> str:
    """A code as its owner typed it, with dashes, case and look-alike symbols forgiven."""
    return text.strip().upper().translate(_FOLD)


def _write(prefix: str, values: list[int]) -> str:
    symbols = "".join(_SYMBOLS[value] for value in values)
    return f"{prefix}-{symbols[:4]}-{symbols[4:]}"


def _check(body: list[int]) -> int:
    """The symbol that brings the weighted sum to nought; its own weight is 1."""
    total = 0
    for value in body:
        total = _double(total ^ value)
    return total


def _double(value: int) -> int:
    """Times the primitive element, modulo x^5 + x^2 + 1."""
    value <<= 1
    return value ^ 0b100101 if value & 32 else value
