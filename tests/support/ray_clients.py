"""Ways of Ray's workers to a loopback server, one of which dies."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from dcikit.captions import ChatServer, Dispatcher


def client_of(url: str) -> Dispatcher:
    """The way to the server. The tests are offline, and huggingface_hub then keeps from the loopback too."""
    import huggingface_hub.constants

    huggingface_hub.constants.HF_HUB_OFFLINE = False
    return Dispatcher(ChatServer(url, "stand-in"))


def killed_once(url: str, mark: Path) -> Dispatcher:
    """The first process that wants to ask dies."""
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return client_of(url)
