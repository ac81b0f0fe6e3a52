"""Check the proxy variables of the environment before the first request needs them."""

from __future__ import annotations

import os
import socket
from urllib.request import getproxies

import httpx2

from deployer.errors import UsageError

_SCHEMES = ("http", "https", "all")  # those that httpx2 reads
_MAX_PORT = 65535


def check_proxies() -> None:
    """Raise UsageError for the first proxy variable that no request can use."""
    found = getproxies()
    if "*" in found.get("no", ""):
        return
    for scheme in _SCHEMES:
        if problem := _problem(found.get(scheme, "")):
            raise UsageError(
                f"invalid proxy in {_variable(scheme)}",
                cause=problem,
                fix=f"unset {_variable(scheme)}, or set it to http://HOST:PORT",
            )


def _problem(proxy: str) -> str | None:
    """Why a proxy can't be used, without what may be its password; None if it can."""
    if not proxy:
        return None
    scheme, separator, _ = proxy.partition("://")
    try:
        parsed = httpx2.Proxy(proxy if separator else f"http://{proxy}").url
        if not parsed.host or not 0 < (parsed.port or 1) <= _MAX_PORT:
            return "it has no valid host or port"
        if not separator and parsed.port is None:
            socket.getaddrinfo(parsed.host, None)
        httpx2.HTTPTransport(proxy=httpx2.Proxy(parsed), verify=False).close()
    except ImportError:
        return f"proxies of the scheme {scheme} are not supported"
    except OSError:
        return "it names no scheme and no port, and its host was not found"
    except (httpx2.InvalidURL, ValueError):
        is_known = not separator or scheme in ("http", "https", "socks5", "socks5h")
        return "it is not a URL" if is_known else "its scheme is not http or https"
    return None


def _variable(scheme: str) -> str:
    """The variable that holds the proxy: of both spellings, the one in small letters counts."""
    name = f"{scheme}_proxy"
    return name if os.environ.get(name) else name.upper()
