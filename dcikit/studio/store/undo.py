"""Which event an undo or a redo turns back. Both are events themselves, so that they are in the history too."""

from __future__ import annotations

from collections.abc import Iterable

from .journal import Event

UNDO, REDO = "undo", "redo"


def undoable(events: Iterable[Event]) -> tuple[list[Event], list[Event]]:
    """What can be undone and what can be redone after these events; the last of each list is next.

    A new change ends what could be redone. Events without edits are passed over.
    """
    done: list[Event] = []
    undone: list[Event] = []
    for event in events:
        if event.action == UNDO:
            undone.append(done.pop())
        elif event.action == REDO:
            done.append(undone.pop())
        elif event.edits:
            done.append(event)
            undone.clear()
    return done, undone
