"""The client library, in the one module that loads it; node.py does so late, as it costs a third of a second."""

import logging
from dataclasses import replace
from typing import Any

from elastic_transport import ConnectionTimeout, HttpHeaders, TlsError, TransportError, Urllib3HttpNode
from elastic_transport._node import NodeApiResponse
from elastic_transport.client_utils import DEFAULT, DefaultType
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

__all__ = [
    "ApiError",
    "ConnectionTimeout",
    "Elasticsearch",
    "PlainNode",
    "TlsError",
    "TransportError",
    "UnsupportedProductError",
    "connect",
]

logging.getLogger("elastic_transport").setLevel(logging.WARNING)  # else a line for every request


class PlainNode(Urllib3HttpNode):
    """A connection to OpenSearch: says plain JSON, and hears the product's name the client wants to hear."""

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: DefaultType | float | None = DEFAULT,
    ) -> NodeApiResponse:
        said = HttpHeaders(headers or {})
        for name in ("accept", "content-type"):
            if name in said:
                said[name] = said[name].replace("application/vnd.elasticsearch+", "application/").partition(";")[0]
        answer = super().perform_request(method, target, body, said, request_timeout)
        heard = HttpHeaders(answer.meta.headers)
        heard["x-elastic-product"] = "Elasticsearch"
        return NodeApiResponse(replace(answer.meta, headers=heard), answer.body)


def connect(
    urls: tuple[str, ...], kind: str, user: str, password: str, key: str, ca: str, seconds: float
) -> Elasticsearch:
    """A connection to these nodes of one cluster; a node that does not answer is passed over for the next."""
    words: dict[str, Any] = {"request_timeout": seconds, "retry_on_timeout": False, "max_retries": len(urls) - 1}
    if user:
        words["basic_auth"] = (user, password)
    if key:
        words["api_key"] = key
    if ca:
        words["ca_certs"] = ca
    if kind == "opensearch":
        words["node_class"] = PlainNode
    return Elasticsearch(list(urls), **words)
