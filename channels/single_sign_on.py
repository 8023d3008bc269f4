"""The council's provider of single sign-on (OpenID Connect Core 1.0): authorization code, PKCE, a signed ID token."""

import asyncio
import hmac
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.deprecate import AuthlibDeprecationWarning
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from intake.errors import NotProved, ProviderDown
from intake.officers import Claims, RoundTrip
from intake.ports import Clock

with warnings.catch_warnings():
    # Authlib would rather have another client than httpx, which this project has anyway.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError

PATIENCE_SECONDS = 10.0
LEEWAY_SECONDS = 60
"""By how much our clock and the provider's may differ."""

LARGEST_ANSWER = 500_000
SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures that need the provider's private key: never "none", and none made with a secret that we share."""

_DOWN = "the provider does not answer as it should"
_REFUSED = "The council’s sign-in could not be checked. Begin again, or sign in another way"
_NO_CODE = "The council’s sign-in was cancelled or refused. Begin again, or sign in another way"


@dataclass
class OpenIdProvider:
    """intake.ports.Provider. What it publishes about itself is asked for at first use, and kept."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    clock: Clock
    groups_claim: str = "groups"
    _about: dict[str, Any] = field(default_factory=dict)
    _keys: KeySet | None = None

    def __post_init__(self) -> None:
        self._asking = asyncio.Lock()

    async def way_in(self, round_trip: RoundTrip) -> str:
        """Where the browser goes (sections 3.1.2.1 of OpenID Connect Core and 4.3 of RFC 7636)."""
        about = await self._published()
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                about["authorization_endpoint"],
                state=round_trip.state,
                nonce=round_trip.nonce,
                code_verifier=round_trip.verifier,
            )
        return str(url)

    async def claims(self, code: str, round_trip: RoundTrip) -> Claims:
        """Whom the ID token is about that this code is worth."""
        if not code:
            raise NotProved(_NO_CODE)
        about = await self._published()
        token = await self._token(about["token_endpoint"], code, round_trip.verifier)
        given = self._checked(await self._read(token), round_trip.nonce)
        email = given.get("email") if given.get("email_verified") is True else ""
        name = given.get("name") or given.get("preferred_username") or email
        groups = given.get(self.groups_claim)
        listed = groups if isinstance(groups, list) else [groups]
        groups = tuple(group for group in listed if isinstance(group, str))
        return Claims(f"{self.issuer} {given['sub']}", _words(name), _words(email), groups)

    async def way_out(self) -> str:
        """Where one signs out there (OpenID Connect RP-Initiated Logout)."""
        try:
            ends = (await self._published()).get("end_session_endpoint", "")
        except ProviderDown:
            return ""
        return f"{ends}?{urlencode({'client_id': self.client_id})}" if isinstance(ends, str) and ends else ""

    def _client(self) -> Any:
        return AsyncOAuth2Client(
            self.client_id,
            self.client_secret,
            scope="openid profile email",
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            timeout=PATIENCE_SECONDS,
            follow_redirects=False,
        )

    async def _published(self) -> Mapping[str, Any]:
        """OpenID Connect Discovery section 4: its issuer must be the very one that we asked."""
        async with self._asking:
            if not self._about:
                found = await _fetched(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                if found.get("issuer") != self.issuer or not all(isinstance(found.get(key), str) for key in needed):
                    raise ProviderDown(_DOWN)
                self._about = found
            return self._about

    async def _token(self, endpoint: str, code: str, verifier: str) -> str:
        try:
            async with self._client() as client:
                answer = await client.fetch_token(endpoint, code=code, code_verifier=verifier)
        except OAuthError as error:
            raise NotProved(_REFUSED) from error
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderDown(_DOWN) from error
        token = answer.get("id_token")
        if not isinstance(token, str) or len(token) > LARGEST_ANSWER:
            raise NotProved(_REFUSED)
        return token

    async def _read(self, token: str) -> dict[str, Any]:
        """The claims of a token with a good signature. With an unknown key we look once whether there are new ones."""
        for fresh in (False, True):
            try:
                return dict(jwt.decode(token, await self._key_set(fresh), algorithms=list(SIGNED_BY)).claims)
            except (JoseError, ValueError) as error:
                if fresh:
                    raise NotProved(_REFUSED) from error
        raise NotProved(_REFUSED)

    async def _key_set(self, fresh: bool) -> KeySet:
        if self._keys is None or fresh:
            found = await _fetched((await self._published())["jwks_uri"])
            try:
                self._keys = KeySet.import_key_set(found)  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise ProviderDown(_DOWN) from error
        return self._keys

    def _checked(self, given: dict[str, Any], nonce: str) -> dict[str, Any]:
        """OpenID Connect Core section 3.1.3.7."""
        registry = jwt.JWTClaimsRegistry(
            now=int(self.clock().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            registry.validate(given)
        except (JoseError, ValueError, TypeError) as error:
            raise NotProved(_REFUSED) from error
        ours = hmac.compare_digest(str(given.get("nonce", "")).encode("utf-8", "replace"), nonce.encode())
        azp = given.get("azp", self.client_id)
        if not ours or azp != self.client_id or not isinstance(given["sub"], str) or len(given["sub"]) > 255:
            raise NotProved(_REFUSED)
        return given


async def _fetched(url: str) -> dict[str, Any]:
    """A JSON object of bounded size."""
    try:
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            answer = await client.get(url)
            found = answer.raise_for_status().json() if len(answer.content) <= LARGEST_ANSWER else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ProviderDown(_DOWN) from error
    if not isinstance(found, dict):
        raise ProviderDown(_DOWN)
    return found


def _words(value: object) -> str:
    return " ".join(value.split())[:200] if isinstance(value, str) else ""
