"""The settings: environment variables with the prefix RIGHTDOOR_, and a .env file. docs/settings.md lists them."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from intake.errors import WrongSetting
from intake.ports import Clock

_OFFSET = re.compile(r"([+-])(\d{1,6})([dhm])")


class Settings(BaseSettings):
    """Every setting, with its default."""

    model_config = SettingsConfigDict(env_prefix="RIGHTDOOR_", env_file=".env", extra="ignore")

    data: Path = Path("var")
    database_url: str = ""
    council: Path = Path("config/councils/bettershire")
    http: str = "127.0.0.1:8000"
    console: str = "127.0.0.1:8001"
    smtp: str = "127.0.0.1:8025"
    relay_url: str = ""
    public_url: str = "http://127.0.0.1:8000"
    nlu: Literal["embedded", "rasa"] = "embedded"
    rasa_url: str = ""
    now: str = ""

    @model_validator(mode="after")
    def _fill_in(self) -> Self:
        if not self.database_url:
            self.database_url = f"sqlite:///{self.data.absolute()}/rightdoor.db"
        for name in ("http", "console", "smtp"):
            host_and_port(getattr(self, name))
        if self.nlu == "rasa" and not self.rasa_url.startswith(("http://", "https://")):
            raise ValueError("NLU is rasa, so RASA_URL must be the server's address, such as http://127.0.0.1:5005")
        clock(self.now)
        return self


def load() -> Settings:
    """The settings. Raises WrongSetting, naming each wrong one and what it may be."""
    try:
        return Settings()
    except ValidationError as error:
        lines = (f"RIGHTDOOR_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        raise WrongSetting("\n".join(lines)) from error


def host_and_port(address: str) -> tuple[str, int]:
    """ "127.0.0.1:8000" or "[::1]:8000" in its two parts. Raises ValueError."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit() or not 0 <= int(port) < 65536:
        raise ValueError(f"{address!r} must be host:port, such as 127.0.0.1:8000")
    return host.strip("[]"), int(port)


def clock(now: str) -> Clock:
    """The clock that NOW asks for: the real one, a fixed moment (ISO 8601), or an offset such as +3d, -2h, +90m."""
    if not now:
        return lambda: datetime.now(UTC)
    if offset := _OFFSET.fullmatch(now):
        sign, amount, unit = offset.groups()
        hours = {"d": 24.0, "h": 1.0, "m": 1 / 60}[unit] * int(amount) * (1 if sign == "+" else -1)
        return lambda: datetime.now(UTC) + timedelta(hours=hours)
    try:
        fixed = datetime.fromisoformat(now)
    except ValueError:
        raise ValueError(f"{now!r} must be a moment like 2026-12-18T10:00 or an offset like +3d, -2h, +90m") from None
    fixed = (fixed if fixed.tzinfo else fixed.replace(tzinfo=UTC)).astimezone(UTC)
    return lambda: fixed
