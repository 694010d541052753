"""A front of TLS before a search node, as an office's own has one: it asks who comes in, then passes the request on.

`as_elasticsearch` makes an OpenSearch node answer as Elasticsearch 8 would: it takes Elastic's media types, says the
product's name, and its number. `most`: bytes of a request it takes, larger ones it refuses with 413.
"""

import base64
import http.client
import ipaddress
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD, KEY = "huiying", "a-secret", "a-key"
_LETS_IN = {f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}", f"ApiKey {KEY}"}


@contextmanager
def front(node: str, folder: Path, *, as_elasticsearch: bool = False, most: int = 100_000_000) -> Iterator["Front"]:
    """A front before the node of this address; its certificate lies in `folder`."""
    made = Front(node, folder, as_elasticsearch=as_elasticsearch, most=most)
    threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()


class Front(ThreadingHTTPServer):
    """`ca`: the file of the certificate it is to be trusted by."""

    daemon_threads = True

    def __init__(self, node: str, folder: Path, *, as_elasticsearch: bool, most: int) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.node, self.as_elasticsearch, self.most = node, as_elasticsearch, most
        self.ca = folder / "front.pem"
        key = folder / "front.key"
        _certificate(self.ca, key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca, key)
        # The handshake is left to the thread of the request: one who breaks it off must not hold up the others.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Quiet: clients that do not trust the certificate break off."""


class _Passing(BaseHTTPRequestHandler):
    server: Front
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: object) -> None:
        """Quiet."""

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Authorization") not in _LETS_IN:
            self._answer(401, b'{"error": {"type": "security_exception", "reason": "unable to authenticate"}}')
        elif len(body) > self.server.most:
            self._answer(413, b"")
        else:
            self._answer(*self._asked(body))

    def _asked(self, body: bytes) -> tuple[int, bytes]:
        said = {name: self.headers[name] for name in ("Accept", "Content-Type") if name in self.headers}
        if self.server.as_elasticsearch:
            plain = {name: value.replace("vnd.elasticsearch+", "").partition(";")[0] for name, value in said.items()}
            said = plain
        there = http.client.HTTPConnection(str(urlsplit(self.server.node).netloc), timeout=60)
        there.request(self.command, self.path, body=body or None, headers=said)
        answer = there.getresponse()
        told = answer.read()
        there.close()
        if self.server.as_elasticsearch and self.path == "/":
            about = json.loads(told)
            about["version"] = {"number": "8.19.3", "build_flavor": "default"}
            about["tagline"] = "You Know, for Search"
            told = json.dumps(about).encode()
        return answer.status, told

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if self.server.as_elasticsearch:
            self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _pass  # noqa: N815 - the names http.server calls


def _certificate(file: Path, key_file: Path) -> None:
    """A certificate for 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "front of a test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
