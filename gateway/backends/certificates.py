"""The gateway's own certificate authority and its server certificate, EC P-256, below `<data>/keys/`.

Decisions
- Both certificates start on a fixed past date. A gateway or node without a battery clock wakes up in the past; a start
  taken from such a clock could lie in everybody else's future, and a node that does check dates would refuse us.
- That date is before July 2019 on purpose. Apple refuses server certificates of more than 825 days, also from an
  authority the user has installed, when they start on or after 2019-07-01; older starts are exempt. Chrome, Android and
  Firefox limit public authorities only. All of them do check the end, so the server certificate ends about two years
  after it was made and is renewed 30 days before; nodes pin the authority and do not notice.
- The authority may vouch for home names only (name constraints), not for somebody's bank: its key lies on an SD card
  and people install it on their phones. The extension is not critical because mbedTLS, which nodes use, refuses
  critical extensions it does not know; OpenSSL, browsers and phones enforce it all the same.
- A lost or damaged authority key is never replaced silently: every node and phone would have to be told.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ..core.errors import ConfigError
from .private_files import read_kept, spare, write_kept, write_private

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

_log = logging.getLogger(__name__)

_START = datetime(2019, 1, 1, tzinfo=UTC)
_AUTHORITY_END = datetime(2049, 12, 31, tzinfo=UTC)
_EARLIEST_NOW_MS = 1_767_225_600_000
"""2026-01-01: a clock that says less is wrong, and a certificate must not end before it is used."""
_DAY_MS = 86_400_000
_SERVER_DAYS = 800
_RENEW_DAYS = 30
_MOST_NAMES = 64
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*")
_HOME = ("local", "localhost", "localdomain", "lan", "home", "internal", "intranet", "home.arpa", "fritz.box")
_ALWAYS_NAMES = ("localhost", "gateway.local")
_ALWAYS_ADDRESSES = ("127.0.0.1", "::1")
_LOST_AUTHORITY = (
    "{what}. Restore the folder {folder} from a backup; or remove ca.pem and ca.key from it to begin with a new "
    "authority: every node must then be enrolled again, and every phone must be given the new CA certificate."
)


class ServerCertificate(msgspec.Struct, frozen=True):
    """Where TLS finds what it needs. `fingerprint` is the certificate's SHA-256 in hex."""

    cert_path: Path
    key_path: Path
    ca_path: Path
    not_after_ms: int
    fingerprint: str


class _Record(msgspec.Struct, frozen=True):
    """What `tls.json` remembers, so that a start with nothing due reads no certificate."""

    names: list[str]
    addresses: list[str]
    not_after_ms: int
    fingerprint: str
    files: dict[str, str]
    """SHA-256 of each file; one that differs is torn or was exchanged."""


class Certificates:
    """Makes and renews what is due in `folder`."""

    def __init__(self, folder: Path, clock: Callable[[], int]) -> None:
        self._folder = folder
        self._clock = clock
        self._ca, self._ca_key = folder / "ca.pem", folder / "ca.key"
        self._cert, self._key = folder / "tls.pem", folder / "tls.key"
        self._record = folder / "tls.json"

    @property
    def ca_pem(self) -> str:
        """The authority's certificate: what nodes pin and phones install. After `ensure`."""
        return self._ca.read_text()

    def ensure(self, names: Sequence[str], addresses: Sequence[str]) -> ServerCertificate:
        """A certificate for at least these DNS names and IP addresses, valid for 30 days or more.

        To be called at start, every day, and when the addresses or the clock have changed. Raises ConfigError when
        the authority is lost.
        """
        wanted = _normal_names([*names, *_ALWAYS_NAMES])
        numbers = _normal_addresses([*addresses, *_ALWAYS_ADDRESSES])
        record = self._read()
        if record is None or self._due(record, wanted, numbers):
            record = self._renew(record, wanted, numbers)
        elif self._digests().items() != record.files.items():
            record = self._repair(record, wanted, numbers)
        return ServerCertificate(self._cert, self._key, self._ca, record.not_after_ms, record.fingerprint)

    def _read(self) -> _Record | None:
        try:
            return msgspec.json.decode(self._record.read_bytes(), type=_Record)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def _due(self, record: _Record, names: list[str], addresses: list[str]) -> bool:
        new = {*names, *addresses} - {*record.names, *record.addresses}
        return bool(new) or self._now_ms() > record.not_after_ms - _RENEW_DAYS * _DAY_MS

    def _repair(self, record: _Record, names: list[str], addresses: list[str]) -> _Record:
        """A file is torn or was exchanged. While the server's own are whole the gateway runs, and complains."""
        found = self._digests()
        damaged = sorted(name for name, digest in record.files.items() if found.get(name) != digest)
        _log.warning("damaged or exchanged in %s: %s", self._folder, ", ".join(damaged))
        whole = {self._cert.name, self._key.name, self._ca.name}.isdisjoint(damaged)
        try:
            return self._renew(record, names, addresses)
        except ConfigError as error:
            if not whole:
                raise
            _log.error("%s", error)
            return record

    def _renew(self, record: _Record | None, names: list[str], addresses: list[str]) -> _Record:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if record is not None:
            # Those that are gone stay: an address that comes and goes must not make a certificate each time.
            names, addresses = _joined(names, record.names), _joined(addresses, record.addresses)
        ca, ca_key = self._authority(names)
        end = min(datetime.fromtimestamp(self._now_ms() // 1000, UTC) + timedelta(days=_SERVER_DAYS), _AUTHORITY_END)
        cert, key, fingerprint = _issue(ca, ca_key, names, addresses, end)
        write_private(self._key, key)
        write_private(self._cert, cert)
        # Written last: whatever a crash leaves behind before this does not match, and is made again.
        made = _Record(names, addresses, int(end.timestamp() * 1000), fingerprint, self._digests())
        write_private(self._record, msgspec.json.format(msgspec.json.encode(made), indent=2))
        _log.info("new server certificate for %s, until %s", ", ".join([*names, *addresses]), f"{end:%Y-%m-%d}")
        return made

    def _authority(self, names: list[str]) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """The authority as it is; made when there is none."""
        if not self._ca_key.exists() and not spare(self._ca_key).exists():
            if self._ca.exists():
                raise self._lost("The authority's key is gone")
            write_kept(self._ca_key, _new_key())
        key = self._load_key()
        ca = _load_certificate(self._ca)
        if ca is None:
            # Same key and subject: whoever knows the old certificate accepts what this one signs.
            write_private(self._ca, _self_sign(key, names))
            ca = _load_certificate(self._ca)
        if ca is None or ca.public_key() != key.public_key():
            raise self._lost("The authority's key does not belong to its certificate")
        return ca, key

    def _load_key(self) -> ec.EllipticCurvePrivateKey:
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        pem = read_kept(self._ca_key, _is_key)
        if pem is None:
            raise self._lost("The authority's key is damaged")
        key = load_pem_private_key(pem, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise self._lost("The authority's key is of another kind")
        return key

    def _lost(self, what: str) -> ConfigError:
        return ConfigError(_LOST_AUTHORITY.format(what=what, folder=self._folder))

    def _digests(self) -> dict[str, str]:
        files = (self._ca, self._ca_key, self._cert, self._key)
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.exists()}

    def _now_ms(self) -> int:
        return max(self._clock(), _EARLIEST_NOW_MS)


def _normal_names(names: Iterable[str]) -> list[str]:
    normal = list(dict.fromkeys(name.strip().rstrip(".").lower() for name in names))
    for name in normal:
        if _NAME.fullmatch(name) is None:
            _log.warning("%r is no DNS name and is not in the certificate", name)
    return [name for name in normal if _NAME.fullmatch(name)][:_MOST_NAMES]


def _normal_addresses(addresses: Iterable[str]) -> list[str]:
    """Without those that only mean something on one link: no certificate can be asked for them."""
    normal = dict.fromkeys(ipaddress.ip_address(address.partition("%")[0]) for address in addresses)
    return [str(address) for address in normal if not (address.version == 6 and address.is_link_local)][:_MOST_NAMES]


def _joined(wanted: list[str], before: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*wanted, *before]))[:_MOST_NAMES]


def _new_key() -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec

    return _pem(ec.generate_private_key(ec.SECP256R1()))


def _is_key(content: bytes) -> bool:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        load_pem_private_key(content, None)
    except (ValueError, TypeError):
        return False
    return True


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _load_certificate(path: Path) -> x509.Certificate | None:
    """None when there is none, or when it is torn."""
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _self_sign(key: ec.EllipticCurvePrivateKey, names: list[str]) -> bytes:
    """The authority's certificate. It may vouch for home names and for `names`, and for any address."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    # The key's own digits keep two gateways apart in a phone's list, and a remade certificate like the first.
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Edge Gateway CA {identifier.digest.hex()[:6]}")])
    permitted = [x509.DNSName(name) for name in dict.fromkeys([*_HOME, *names])]
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(identifier.digest[:15]) | 1)
        .not_valid_before(_START)
        .not_valid_after(_AUTHORITY_END)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(x509.NameConstraints(permitted, None), critical=False)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _issue(
    ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey, names: list[str], addresses: list[str], end: datetime
) -> tuple[bytes, bytes, str]:
    """A new server key and its certificate: (certificate PEM, key PEM, SHA-256 of the certificate)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    vouched = [
        *(x509.DNSName(name) for name in _permitted(ca, names)),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in addresses),
    ]
    ca_identifier = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Edge Gateway")]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_START)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(vouched), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_identifier), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM), _pem(key), made.fingerprint(hashes.SHA256()).hex()


def _permitted(ca: x509.Certificate, names: list[str]) -> list[str]:
    """The names this authority may vouch for; the others are left out, loudly."""
    from cryptography import x509

    constraints = ca.extensions.get_extension_for_class(x509.NameConstraints).value
    roots = [str(root.value) for root in constraints.permitted_subtrees or [] if isinstance(root, x509.DNSName)]
    allowed = [name for name in names if any(name == root or name.endswith("." + root) for root in roots)]
    for name in names:
        if name not in allowed:
            _log.warning(
                "the authority may not vouch for %s: only for home names and those known when it was made", name
            )
    return allowed


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
