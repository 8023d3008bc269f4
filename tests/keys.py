"""Keys for tests, made anew by openssl: none lies in the repository."""

import base64
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

NO_OPENSSL = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


def private_key(folder: Path, bits: int = 2048) -> Path:
    """A private RSA key as a PEM file."""
    path = folder / f"dkim-{bits}.pem"
    _openssl("genrsa", "-out", str(path), str(bits))
    return path


def dkim_record(key: Path) -> str:
    """The record in the DNS that belongs to a private key."""
    public = _openssl("pkey", "-in", str(key), "-pubout", "-outform", "DER")
    return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def certificate(folder: Path) -> ssl.SSLContext:
    """A server's TLS with a certificate that nobody trusts."""
    key, cert = folder / "tls.key", folder / "tls.pem"
    subject = ("-subj", "/CN=localhost", "-days", "2", "-nodes")
    _openssl("req", "-x509", "-newkey", "rsa:2048", "-keyout", str(key), "-out", str(cert), *subject)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    return context


def _openssl(*arguments: str) -> bytes:
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout
