"""Runs an app until it is interrupted."""

from __future__ import annotations

import socket
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from dcikit.schema.errors import ArgumentError

from .safety import check_address

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Addresses that mean all of them -> the one to open on this computer."""


def listen(host: str, port: int, token: str | None = None) -> socket.socket:
    """A socket that accepts connections from now on; `serve` answers them. Port 0: any that is free.

    Raises:
        ArgumentError: if the address is not to be had, or others can reach it and there is no token.
    """
    check_address(host, token)
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        raise ArgumentError(f"`host` {host} and `port` {port} cannot be had: {error}; choose another `port`") from None


def address(listening: socket.socket, token: str | None = None) -> str:
    """The URL to open."""
    host, port = listening.getsockname()[:2]
    host = _EVERYWHERE.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/{f'?token={token}' if token else ''}"


def serve(app: ASGIApp, listening: socket.socket) -> None:
    """Answers until Ctrl-C."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=2))
    with suppress(KeyboardInterrupt):  # uvicorn ends in order first, and raises it then
        server.run(sockets=[listening])
