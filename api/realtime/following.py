"""What a process remembers of the sessions its sockets have joined, and of what there is to look at."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from api.realtime.socket import Socket
from domain.access import Principal
from domain.chat.access import Side
from domain.chat.snapshot import ReadMarks, Seen

_REMEMBERED = 10_000
_UNREAD = ReadMarks(0, None, 0)


@dataclass(eq=False)
class Following:
    """A socket in a session, and what it has been told of it.

    `side` is None while its snapshot is being read: until then it may be anybody's, and is told nothing. `own` are client
    ids this socket is sending: it gets them in its replies and not as pushes, and has its turn, the event, once all before
    it has been pushed.
    """

    socket: Socket
    principal: Principal
    side: Side | None = None
    version: int = 0
    seq: int = 0
    read: ReadMarks = _UNREAD
    online: dict[UUID, Seen] = field(default_factory=dict)
    own: dict[str, asyncio.Event] = field(default_factory=dict)
    # The session changed, and this principal was told, before the older state in the snapshot.
    overtaken: bool = False


@dataclass(eq=False)
class Watched:
    """A session that sockets of this process have joined; `people` are its sides."""

    followers: dict[UUID, Following] = field(default_factory=dict)
    people: dict[UUID, str] = field(default_factory=dict)

    def caught_up(self) -> Iterator[Following]:
        return (each for each in list(self.followers.values()) if each.side is not None)


class Recent:
    """Remembers the newest of what it has seen."""

    def __init__(self) -> None:
        self._seen: OrderedDict[object, None] = OrderedDict()

    def first_time(self, what: object) -> bool:
        if what in self._seen:
            return False
        self._seen[what] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True


@dataclass
class Work:
    """What is to be looked at."""

    messages: set[UUID] = field(default_factory=set)
    # Sessions, each with those who lost it.
    changed: dict[UUID, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    offers: set[UUID] = field(default_factory=set)
    told: set[UUID] = field(default_factory=set)
    people: set[UUID] = field(default_factory=set)
    # Of those, who is told of even if nothing changed.
    anew: set[UUID] = field(default_factory=set)
    queue: bool = False
    poll: bool = False

    def add(self, other: Work) -> None:
        """Take over what another could not do."""
        self.messages |= other.messages
        for session_id, left in other.changed.items():
            self.changed[session_id] |= left
        self.offers |= other.offers
        self.told |= other.told
        self.people |= other.people
        self.anew |= other.anew
        self.queue |= other.queue
        self.poll |= other.poll
