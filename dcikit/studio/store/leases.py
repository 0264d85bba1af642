"""Who is at an image: one session holds it for a while, and goes on holding it as long as it is heard of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .errors import LeasedError

SECONDS = 45.0
"""How long a session that is not heard of keeps an image."""


@dataclass(frozen=True)
class Lease:
    """A session's hold on an image, until `expires` (seconds of the store's clock)."""

    session: str
    author: str
    expires: float


class Leases:
    """The leases of all images, kept in memory: they tell people of each other, versions guard what is written."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._leases: dict[str, Lease] = {}

    def take(self, image_id: str, session: str, author: str, *, take_over: bool = False) -> Lease:
        """Takes or extends the lease of an image.

        Args:
            take_over: whether it is taken from whoever holds it.

        Raises:
            LeasedError: if another session holds it.
        """
        held = self.all().get(image_id)
        if held is not None and held.session != session and not take_over:
            raise LeasedError(image_id, held.author)
        self._leases[image_id] = lease = Lease(session, author, self._clock() + SECONDS)
        return lease

    def give_back(self, image_id: str, session: str) -> None:
        """Ends a session's own lease."""
        held = self._leases.get(image_id)
        if held is not None and held.session == session:
            del self._leases[image_id]

    def all(self) -> dict[str, Lease]:
        """Image -> its lease, of those that are held now."""
        now = self._clock()
        return {image_id: lease for image_id, lease in self._leases.items() if lease.expires > now}
