"""The settings: environment variables with the prefix RIGHTDOOR_, and a .env file. docs/settings.md lists them."""

import re
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from channels.networks import networks
from intake.errors import WrongSetting
from intake.ports import Clock
from intake.rights import Role


def _an_address(value: str) -> str:
    host_and_port(value)
    return value


def _a_scanner(value: str) -> str:
    if value.startswith("unix:"):
        if not value.startswith("unix:/"):
            raise ValueError(f"{value!r} must name the socket by its whole path, such as unix:/run/clamav/clamd.ctl")
    elif value:
        host_and_port(value)
    return value


def _a_door(value: str) -> str:
    if value and not value.startswith("unix:/"):
        host_and_port(value)
    return value


def _some_networks(value: str) -> str:
    networks(value)
    return value


def _a_clock(value: str) -> str:
    clock(value)
    return value


def _some_origins(value: str) -> str:
    for origin in value.split():
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin!r} must be an origin as browsers write it, such as https://www.example.gov.uk")
    return value


def _a_bot_token(value: str) -> str:
    if value and not re.fullmatch(r"\d{3,20}:[A-Za-z0-9_-]{20,100}", value):
        raise ValueError("this is not a bot's token; BotFather gives one like 110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PAL")
    return value


def _a_bot_api(value: str) -> str:
    if not value.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise ValueError(f"{value!r} must begin with https://; without TLS it may be on this machine only")
    return value


def _a_webhook(value: str) -> str:
    if value and not (value.startswith("https://") and value.endswith("/telegram")):
        raise ValueError(f"{value!r} must begin with https:// and end with /telegram, a path of the residents' web")
    return value


def _an_origin(value: str) -> str:
    if value and not _ORIGIN.fullmatch(value):
        raise ValueError(f"{value!r} must be an origin as browsers write it, such as https://console.example.gov.uk")
    return value


def _a_front_door(value: str) -> str:
    if value and not re.fullmatch(r"https?://[^\s/?#@]+/?", value):
        raise ValueError(
            f"{value!r} must be the address that residents type, such as https://complaints.example.gov.uk"
        )
    return value.rstrip("/")


def _an_issuer(value: str) -> str:
    if value and not value.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise ValueError(f"{value!r} must begin with https://; without TLS it may be on this machine only")
    return value


def _some_roles(value: str) -> str:
    roles_of(value)
    return value


def _some_groups(value: str) -> str:
    groups_of(value)
    return value


Address = Annotated[str, AfterValidator(_an_address)]
Door = Annotated[str, AfterValidator(_a_door)]
Networks = Annotated[str, AfterValidator(_some_networks)]
Origins = Annotated[str, AfterValidator(_some_origins)]
BotToken = Annotated[str, AfterValidator(_a_bot_token)]
BotApi = Annotated[str, AfterValidator(_a_bot_api)]
Webhook = Annotated[str, AfterValidator(_a_webhook)]
Clamd = Annotated[str, AfterValidator(_a_scanner)]
Now = Annotated[str, AfterValidator(_a_clock)]
Origin = Annotated[str, AfterValidator(_an_origin)]
FrontDoor = Annotated[str, AfterValidator(_a_front_door)]
Issuer = Annotated[str, AfterValidator(_an_issuer)]
RoleNames = Annotated[str, AfterValidator(_some_roles)]
GroupRoles = Annotated[str, AfterValidator(_some_groups)]

_ORIGIN = re.compile(r"(https://[a-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:\d{1,5})?")
"""Host in lower case, no path. Without TLS only on this machine, for a try-out."""
_OFFSET = re.compile(r"([+-])(\d{1,6})([dhm])")


class Settings(BaseSettings):
    """Every setting, with its default."""

    model_config = SettingsConfigDict(env_prefix="RIGHTDOOR_", env_file=".env", extra="ignore")

    data: Path = Path("var")
    database_url: str = ""
    council: Path = Path("config/councils/bettershire")
    http: Address = "127.0.0.1:8000"
    console: Address = "127.0.0.1:8001"
    console_url: Origin = ""
    idle_minutes: int = Field(default=60, ge=1, le=720)
    second_factor: RoleNames = "administrator"
    oidc_issuer: Issuer = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_groups: str = "groups"
    oidc_roles: GroupRoles = ""
    smtp: Address = "127.0.0.1:8025"
    lmtp: Door = ""
    smtp_tls_cert: str = ""
    smtp_tls_key: str = ""
    trusted_relays: Networks = "127.0.0.0/8,::1"
    limits: bool = True
    relay_url: str = ""
    imap_url: str = ""
    imap_token_url: str = ""
    imap_client_id: str = ""
    imap_client_secret: str = ""
    imap_refresh_token: str = ""
    imap_scope: str = ""
    dkim_key: Path | None = None
    dkim_selector: str = ""
    address_tags: bool = True
    widget_origins: Origins = ""
    telegram_token: BotToken = ""
    telegram_api: BotApi = "https://api.telegram.org"
    telegram_webhook: Webhook = ""
    public_url: FrontDoor = ""
    nlu: Literal["embedded", "rasa"] = "embedded"
    rasa_url: str = ""
    clamd: Clamd = ""
    trusted_authserv: str = ""
    check_senders: bool = False
    now: Now = ""

    @model_validator(mode="after")
    def _fill_in(self) -> Self:
        if not self.database_url:
            self.database_url = f"sqlite:///{self.data.absolute()}/rightdoor.db"
        if not self.public_url:
            self.public_url = f"http://127.0.0.1:{host_and_port(self.http)[1]}"
        if not self.console_url:
            self.console_url = _address_of_console(self.console)
        if bool(self.oidc_issuer) != bool(self.oidc_client_id):
            raise ValueError("OIDC_ISSUER and RIGHTDOOR_OIDC_CLIENT_ID belong together: set both, or neither")
        if bool(self.smtp_tls_cert) != bool(self.smtp_tls_key):
            raise ValueError("SMTP_TLS_CERT and RIGHTDOOR_SMTP_TLS_KEY belong together: set both, or neither")
        if not self.limits and not all(map(_on_this_machine, (self.http, self.console, self.smtp, self.lmtp))):
            raise ValueError("LIMITS may be off only where HTTP, CONSOLE, SMTP and LMTP all listen on this machine")
        if self.nlu == "rasa" and not self.rasa_url.startswith(("http://", "https://")):
            raise ValueError(
                "RASA_URL must be the Rasa server's address, such as http://127.0.0.1:5005, as NLU is rasa"
            )
        return self


def load() -> Settings:
    """The settings. Raises WrongSetting, naming each wrong one and what it may be."""
    try:
        return Settings()
    except ValidationError as error:
        raise WrongSetting("\n".join(map(_told, error.errors()))) from error


def _told(detail: ErrorDetails) -> str:
    """One wrong setting by its name, and what is wrong with it."""
    what = detail["msg"].removeprefix("Value error, ")
    name = "".join(str(part).upper() for part in detail["loc"][:1])
    return f"RIGHTDOOR_{name}: {what}" if name else f"RIGHTDOOR_{what}"


def host_and_port(address: str) -> tuple[str, int]:
    """ "127.0.0.1:8000" or "[::1]:8000" in its two parts. Raises ValueError."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit() or not 0 <= int(port) < 65536:
        raise ValueError(f"{address!r} must be host:port, such as 127.0.0.1:8000")
    return host.strip("[]"), int(port)


def _address_of_console(address: str) -> str:
    """As browsers on this machine name it. Passkeys belong to a name, never to a number."""
    host, port = host_and_port(address)
    name = "localhost" if _on_this_machine(address) or host in ("0.0.0.0", "::") else host  # noqa: S104
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"


def roles_of(names: str) -> frozenset[Role]:
    """Roles by name, with spaces or commas between them. Raises ValueError."""
    given = names.replace(",", " ").split()
    if unknown := [name for name in given if name not in tuple(Role)]:
        raise ValueError(f"there is no role {', '.join(unknown)}; there are {', '.join(Role)}")
    return frozenset(map(Role, given))


def groups_of(value: str) -> dict[str, frozenset[Role]]:
    """ "Complaints=complaints_officer+agent; Heads=manager": which groups have which roles. Raises ValueError."""
    groups = {}
    for part in filter(None, map(str.strip, value.split(";"))):
        group, equals, names = part.rpartition("=")
        if not equals or not group.strip() or not names.strip():
            raise ValueError(
                f"{part!r} must be a group and its roles, such as Complaints Team=complaints_officer+agent"
            )
        groups[group.strip()] = roles_of(names.replace("+", " "))
    return groups


def _on_this_machine(address: str) -> bool:
    if not address or address.startswith("unix:"):
        return True
    return is_loopback(host_and_port(address)[0])


def is_loopback(host: str) -> bool:
    """Does this name or number mean the machine that it is used on?"""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
