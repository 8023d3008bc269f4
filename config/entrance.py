"""How officers come in, by the settings: passwords, passkeys, single sign-on. Part of the composition root."""

from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from channels.console.entrance import Entrance
from channels.passkey_checks import WebAuthn
from channels.passwords import Argon2Passwords
from config.settings import Settings, groups_of, roles_of
from intake.accounts import Accounts, SignInRules
from intake.policy import Policy
from intake.ports import Clock, Store
from intake.single_sign_on import SingleSignOn

RETURN = "/sign-in/single-sign-on/return"
"""Where the provider sends officers back to: it must know this address of the console."""


def accounts_of(settings: Settings, store: Store, policy: Policy, now: Clock) -> Accounts:
    """The officers' accounts, with what this installation asks of sign-ins."""
    rules = SignInRules(timedelta(minutes=settings.idle_minutes), roles_of(settings.second_factor))
    return Accounts(store, policy, now, Argon2Passwords(), rules)


def entrance_of(settings: Settings, accounts: Accounts) -> Entrance:
    """Passkeys where the console has a name, single sign-on where a provider is set."""
    host = urlsplit(settings.console_url).hostname or ""
    council = accounts.policy.council.name
    checks = None if _is_a_number(host) else WebAuthn(host, settings.console_url, council)
    return Entrance(settings.console_url, checks, _single_sign_on(settings, accounts))


def _is_a_number(host: str) -> bool:
    """Browsers keep passkeys for names alone."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _single_sign_on(settings: Settings, accounts: Accounts) -> SingleSignOn | None:
    if not settings.oidc_issuer:
        return None
    from channels.single_sign_on import OpenIdProvider  # half a second, which most installations never need

    provider = OpenIdProvider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        f"{settings.console_url}{RETURN}",
        accounts.clock,
        settings.oidc_groups,
    )
    return SingleSignOn(accounts, provider, groups_of(settings.oidc_roles))
