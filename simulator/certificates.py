"""A key and a certificate for this computer, which nobody else signs."""

import datetime as dt
from ipaddress import IPv4Address, ip_address
from pathlib import Path
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_LOOPBACK = IPv4Address("127.0.0.1")
_DAY = dt.timedelta(days=1)
_LIFETIME = dt.timedelta(days=30)


def write_certificate(path: Path, host: str = "127.0.0.1") -> None:
    """Make a key and a certificate for a host, and write both into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    signed = _sign_certificate(key, host)
    path.touch(mode=0o600)
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))


def create_server_context(path: Path) -> ssl.SSLContext:
    """Return how a server speaks TLS with a key and a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def _sign_certificate(key: ec.EllipticCurvePrivateKey, host: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "simulator")])
    now = dt.datetime.now(dt.UTC)
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectAlternativeName(_alternative_names(host)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_id, critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def _alternative_names(host: str) -> list[x509.GeneralName]:
    """Return the names under which clients may reach the host."""
    names: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.IPAddress(_LOOPBACK)]
    try:
        names.append(x509.IPAddress(ip_address(host)))
    except ValueError:
        names.append(x509.DNSName(host))
    return list(dict.fromkeys(names))
