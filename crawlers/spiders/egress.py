"""The guard of every connection of a crawl: only http(s), only public addresses (rules.md 11).

The check stands where the connection is made, on the address it is made to, so that neither a redirect nor a name
that changes its mind between two questions gets past it. Behind a proxy the guard resolves the name itself and hands
the proxy the checked address. One exact `127.0.0.1:port` may be let through by the parent process of a drill, a test
or a bench; no setting opens it.
"""

import ipaddress
import socket
from collections.abc import Iterable
from time import monotonic
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    TunnelError,
    _BindAddressAgent,
    _ScrapyAgent,
    _ScrapyProxyAgent,
    _TunnelingAgent,
    _TunnelingTCP4ClientEndpoint,
)
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, DownloadFailedError
from scrapy.http import Response
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.interfaces import IReactorPluggableNameResolver, IReactorTCP, IReactorTime
from twisted.internet.protocol import Protocol
from twisted.internet.threads import deferToThread
from twisted.web.client import URI, Agent
from twisted.web.http_headers import Headers as TxHeaders
from zope.interface import directlyProvides  # type: ignore[import-untyped]  # it carries no types

CONNECT_SECONDS = 10.0


class PrivateAddress(Exception):
    """A connection was refused because its address is not public."""


def public(address: str) -> bool:
    """Whether an IP address is one of the open internet, whatever it is wrapped in."""
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0].strip("[]"))
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            ip = inner
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


class OutOfTime(Exception):
    """The time of the job is over; what still waits in line is for the next visit."""


class Gate:
    """The reactor as the HTTP client sees it: every TCP connection passes here, and only to a checked address."""

    def __init__(self, reactor: Any, allowed: Iterable[str], proxy: Iterable[tuple[str, int]] = ()) -> None:
        self._reactor = reactor
        self._allowed = frozenset(allowed)
        self._proxy = frozenset(proxy)
        directlyProvides(self, IReactorTCP, IReactorTime, IReactorPluggableNameResolver)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)

    def check(self, host: str, port: int) -> None:
        """Raises PrivateAddress unless `host` is a public IP address or the one pair that was let through."""
        if f"{host}:{port}" not in self._allowed and not public(host):
            raise PrivateAddress(f"{host}:{port}")

    def connectTCP(self, host: str, port: int, factory: Any, timeout: float = 30, bindAddress: Any = None) -> Any:  # noqa: N802 - Twisted's name
        """As the reactor's, after the check. The office's own proxy is where an administrator pointed."""
        if (host, port) not in self._proxy:
            self.check(host, port)
        return self._reactor.connectTCP(host, port, factory, timeout, bindAddress)


async def checked_address(gate: Gate, host: str, port: int) -> str:
    """An address of `host` that passes the gate, asked of the system's resolver; all of them have to be public."""
    found = await maybe_deferred_to_future(
        deferToThread(socket.getaddrinfo, host, port, socket.AF_INET, socket.SOCK_STREAM)
    )
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        gate.check(address, port)
    return addresses[0]


class _CheckedTunnel(_TunnelingTCP4ClientEndpoint):
    """A tunnel asked for by address, with the name kept for TLS."""

    def __init__(self, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._address = address

    def requestTunnel(self, protocol: Protocol) -> Protocol:  # noqa: N802 - Twisted's name
        name, self._tunneledHost = self._tunneledHost, self._address
        try:
            return super().requestTunnel(protocol)
        finally:
            self._tunneledHost = name


class _CheckedTunnelAgent(_TunnelingAgent):
    def __init__(self, *, address: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._address = address

    def _getEndpoint(self, uri: URI) -> _TunnelingTCP4ClientEndpoint:  # noqa: N802 - Twisted's name
        return _CheckedTunnel(
            reactor=self._reactor,
            host=uri.host,
            port=uri.port,
            proxyConf=self._proxyConf,
            contextFactory=self._contextFactory,
            timeout=self._endpointFactory._connectTimeout,
            bindAddress=self._endpointFactory._bindAddress,
            address=self._address,
        )


class _CheckedProxyAgent(_ScrapyProxyAgent):
    def __init__(self, *, address: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._address = address

    def request(self, method: bytes, uri: bytes, headers: TxHeaders | None = None, bodyProducer: Any = None) -> Any:  # noqa: N803 - Twisted's name
        parts = urlsplit(uri.decode("ascii"))
        port = f":{parts.port}" if parts.port else ""
        headers = headers or TxHeaders()
        if not headers.hasHeader(b"host"):
            headers.addRawHeader(b"host", parts.netloc.encode("ascii"))
        there = urlunsplit((parts.scheme, self._address + port, parts.path or "/", parts.query, ""))
        return super().request(method, there.encode("ascii"), headers, bodyProducer)


class _GuardedAgent(_ScrapyAgent):
    """Scrapy's client with the gate for a reactor."""

    def __init__(self, *, gate: Gate, proxy: str, address: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._gate, self._proxy, self._address = gate, proxy, address

    def _get_agent(self, request: Request, timeout: float) -> Agent:
        common: dict[str, Any] = {
            "reactor": self._gate,
            "contextFactory": self._contextFactory,
            "connectTimeout": min(timeout, CONNECT_SECONDS),
            "pool": self._pool,
        }
        if not self._proxy:
            return _BindAddressAgent(**common)
        if request.url.startswith("https:"):
            parts = urlsplit(self._proxy)
            conf = (str(parts.hostname), parts.port or 80, None)
            return _CheckedTunnelAgent(proxyConf=conf, address=self._address, **common)
        return _CheckedProxyAgent(proxyURI=self._proxy.encode("ascii"), address=self._address, **common)


def _where(proxy: str) -> list[tuple[str, int]]:
    """The proxy by its name and by its addresses. An unknown name leaves the name alone: connecting will say so."""
    parts = urlsplit(proxy)
    host, port = str(parts.hostname), parts.port or 80
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        found = []
    return [(host, port), *((str(entry[4][0]), port) for entry in found)]


class GuardedHandler(HTTP11DownloadHandler):
    """The only download handler of a crawl."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._proxy = crawler.settings.get("HUIYING_PROXY") or ""
        self._until = monotonic() + crawler.settings.getfloat("CLOSESPIDER_TIMEOUT")
        proxy = _where(self._proxy) if self._proxy else []
        self._gate = Gate(self._pool._reactor, crawler.settings.getlist("HUIYING_ALLOWED"), proxy)

    async def download_request(self, request: Request) -> Response:
        """Fetch through the gate. Raises PrivateAddress, OutOfTime, or Scrapy's own errors."""
        if monotonic() > self._until:
            raise OutOfTime
        address = ""
        parts = urlsplit(request.url)
        if self._proxy:
            try:
                port = parts.port or (443 if parts.scheme == "https" else 80)
                address = await checked_address(self._gate, str(parts.hostname), port)
            except OSError as error:
                raise CannotResolveHostError(str(parts.hostname)) from error
        agent = _GuardedAgent(
            gate=self._gate,
            proxy=self._proxy,
            address=address,
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
        )
        try:
            with wrap_twisted_exceptions():
                response: Response = await maybe_deferred_to_future(agent.download_request(request))
        except TunnelError as error:
            raise DownloadFailedError("the proxy opened no tunnel") from error
        return response
