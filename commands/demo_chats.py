"""The chats of `mentalspace demo`: counselors, and people who talk with them, did so, or wait. All but the counselors' accounts goes through the API.

A chat that is there already, known by its topic, is not made again.
"""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from core.problem import Problem
from domain import people

MOST_SECONDS = 40
_MOST_PAUSE = 30
_PLACES = 6


class CannotFill(Problem):
    status, code, title = 503, "cannot_fill", "The instance did not take the demo's chats"


@dataclass(frozen=True)
class Counselor:
    email: str
    first_name: str
    last_name: str
    license_number: str
    specializations: tuple[str, ...]
    languages: tuple[str, ...]
    role: str = "counselor"


@dataclass(frozen=True)
class Chat:
    """`lines` by turns, the person's first. With a `counselor` it is held, with a `rating` it has ended; without one it waits."""

    name: str
    topic: str
    lines: tuple[str, ...]
    language: str = "en"
    priority: str = "medium"
    counselor: str | None = None
    rating: int | None = None
    feedback: str | None = None
    # What a counselor makes of it once it waits.
    raised_to: str | None = None


CORA, MIGUEL, RUTH = "cora@demo.example.org", "miguel@demo.example.org", "ruth@demo.example.org"

COUNSELORS = (
    Counselor(CORA, "Cora", "Lane", "DEMO-1", ("anxiety", "sleep", "stress"), ("en",)),
    Counselor(MIGUEL, "Miguel", "Ortega", "DEMO-2", ("grief", "family", "relationships"), ("es", "en")),
    Counselor(RUTH, "Ruth", "Okafor", "DEMO-3", ("work", "loneliness", "life changes"), ("en", "es"), role="supervisor"),
)

# Those that are held stand before those that wait.
CHATS = (
    Chat(
        "Ada",
        "I panic before presentations",
        (
            "Every Monday I have to present and my heart races from Sunday noon on.",
            "Thank you for writing, Ada. What goes through your mind on Sunday noon?",
            "That I will go blank and everybody will see it.",
            "Has it happened, going blank?",
            "Once, for ten seconds maybe. Nobody mentioned it.",
            "So the thing you fear lasted ten seconds. Shall we look at what you did in them?",
            "I took a sip of water and read the next slide. I never saw it like that.",
        ),
        counselor=CORA,
        rating=5,
        feedback="I felt heard, and I have a plan for Monday.",
    ),
    Chat(
        "Bruno",
        "Echo de menos a mi padre",
        (
            "Hace tres meses que falta y los domingos se me hacen muy largos.",
            "Siento mucho tu pérdida, Bruno. ¿Cómo eran los domingos con él?",
            "Cocinábamos. Él siempre ponía demasiado pimentón.",
            "Qué recuerdo tan vivo. ¿Has vuelto a cocinar alguno de esos platos?",
            "Todavía no. Quizá este domingo lo intente con mi hermana.",
        ),
        language="es",
        counselor=MIGUEL,
        rating=4,
    ),
    Chat(
        "Carla",
        "New city and no friends yet",
        (
            "I moved for work in August and still eat lunch alone.",
            "Starting over takes courage. Was there a place, even a small one, where you felt a little at home?",
            "The climbing hall. People say hello there.",
            "That is a beginning. What would a second hello look like?",
            "Asking if somebody wants to belay. I could do that on Thursday.",
        ),
        counselor=RUTH,
        rating=5,
    ),
    Chat(
        "Dario",
        "Awake at three every night",
        (
            "I fall asleep fine and then at three I am wide awake.",
            "Hello Dario, that sounds tiring. What do you do when you notice that it is three?",
            "I look at the clock and count the hours I have left.",
            "Many do. What happens in your body while you count?",
            "I get tense, and then sleep is gone for good.",
        ),
        counselor=CORA,
    ),
    Chat(
        "Elif",
        "Discutimos por todo en casa",
        (
            "Mi hermana y yo discutimos cada noche por tonterías.",
            "Gracias por contarlo, Elif. ¿Cuál fue la última?",
            "Los platos. Pero creo que no eran los platos.",
            "¿Qué crees que había debajo?",
        ),
        language="es",
        counselor=MIGUEL,
    ),
    Chat(
        "Femi",
        "My manager wants an answer by tomorrow",
        (
            "They offered me the team lead role and I cannot decide.",
            "Congratulations, and I hear it weighs on you. What speaks for it?",
            "The work itself. I like helping the juniors.",
        ),
        priority="high",
        counselor=RUTH,
    ),
    Chat("Greta", "I worry all day long", ("It never stops, from the moment I wake up.",), raised_to="emergency"),
    Chat("Hugo", "Exámenes y mucha ansiedad", ("Tengo tres exámenes esta semana y no puedo concentrarme.",), language="es", priority="high"),
    Chat("Ines", "Breaking up after six years", ("We decided it last night and I do not know whom to tell first.",), priority="high"),
    Chat("Jonas", "Burned out at work", ("I used to like this job. Now I dread opening the laptop.",)),
    Chat("Kira", "Me siento sola desde la mudanza", ("Todos mis amigos se quedaron allí.",), language="es"),
    Chat("Luca", "Anger at small things", ("Yesterday I shouted at my son because of a spilled juice.",), priority="low"),
)


@dataclass(frozen=True)
class _Api:
    """The API as one principal."""

    address: str
    token: str | None = None

    async def send(self, method: str, path: str, body: Any = None, *, but: tuple[int, ...] = ()) -> tuple[int, Any]:
        """Status and body of an answer; over a limit, waits as long as it is told. Raises CannotFill for a refusal that is not in `but`."""
        while True:
            status, headers, answered = await asyncio.to_thread(self._send, method, path, body)
            pause = int(headers.get("Retry-After", 0)) if status == 429 else 0
            if not 0 < pause <= _MOST_PAUSE:
                break
            await asyncio.sleep(pause)  # as the API asks
        if status >= 400 and status not in but:
            raise CannotFill(f"{method} {path} was answered with {status}: {(answered or {}).get('detail', 'nothing')}")
        return status, answered

    def _send(self, method: str, path: str, body: Any) -> tuple[int, Any, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(  # noqa: S310 (our own address)
            f"{self.address}/api{path}", method=method, headers=headers, data=json.dumps(body).encode() if body is not None else None
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 (our own address)
                raw = answer.read()
                return answer.status, answer.headers, json.loads(raw) if raw else None
        except urllib.error.HTTPError as error:
            return error.code, error.headers, json.loads(error.read() or b"null")
        except OSError:
            raise CannotFill(f"Nobody answers at {self.address}: start the instance first, and give this command the same MENTALSPACE_HOME") from None

    async def signed_in(self, email: str, password: str, kind: str) -> _Api | None:
        status, answered = await self.send("POST", "/auth/login", {"email": email, "password": password, "kind": kind}, but=(401, 403))
        return _Api(self.address, answered["accessToken"]) if status == 200 else None


async def require(address: str) -> None:
    """Raises CannotFill where nobody answers."""
    await _Api(address).send("GET", "/health/live")


async def fill(address: str, password: str, named: list[str], progress: Callable[[str, int, int], None]) -> dict[str, int]:
    """Make the counselors and the chats at the instance that answers there; returns how many were made in each state.

    The first chats are those of `named`, addresses of people whose password is the same; the others are anonymous.
    Raises CannotFill.
    """
    api = _Api(address)
    counselors = {each.email: await _counselor(api, each, password) for each in COUNSELORS}
    known = await _known_topics(counselors)
    made = {"active": 0, "ended": 0, "waiting": 0}
    lacking = [chat for chat in CHATS if chat.topic not in known]
    on_duty = any(chat.counselor for chat in lacking)
    try:
        if on_duty:
            for counselor in counselors.values():
                await counselor.send("PUT", "/counselor/status", {"status": "available", "capacity": _PLACES})
        for number, chat in enumerate(CHATS):
            if chat in lacking:
                if on_duty and chat.counselor is None:
                    await _off_duty(counselors)
                    on_duty = False
                person = await _person(api, chat, named[number] if number < len(named) else None, password)
                if await _hold(person, chat, counselors):
                    made["waiting" if chat.counselor is None else "ended" if chat.rating else "active"] += 1
            progress("chats", number + 1, len(CHATS))
    finally:
        if on_duty:
            with suppress(CannotFill):
                await _off_duty(counselors)
    return made


async def _counselor(api: _Api, counselor: Counselor, password: str) -> _Api:
    with suppress(people.AlreadyThere):
        await people.add_counselor(
            counselor.email,
            password,
            first_name=counselor.first_name,
            last_name=counselor.last_name,
            license_number=counselor.license_number,
            specializations=list(counselor.specializations),
            languages=list(counselor.languages),
            role=counselor.role,
        )
    found = await api.signed_in(counselor.email, password, "counselor")
    if found is None:
        raise CannotFill(f"{counselor.email} is there with another password")
    return found


async def _known_topics(counselors: dict[str, _Api]) -> set[str]:
    """Topics of the chats that live, and of those that these counselors lately ended."""
    _, live = await counselors[RUTH].send("GET", "/counselor/sessions")
    ended = [(await each.send("GET", "/chat/sessions?status=closed&limit=100"))[1] for each in counselors.values()]
    return {session["topic"] for answered in (live, *ended) for session in answered["items"]}


async def _off_duty(counselors: dict[str, _Api]) -> None:
    """Nobody is asked who is not there: whoever waits is left to be taken by hand."""
    for each in counselors.values():
        await each.send("PUT", "/counselor/status", {"status": "offline"})


async def _person(api: _Api, chat: Chat, email: str | None, password: str) -> _Api:
    found = await api.signed_in(email, password, "user") if email else None
    if found is not None:
        return found
    _, made = await api.send("POST", "/auth/register", {"isAnonymous": True, "language": chat.language, "timezone": "Europe/Madrid"})
    found = _Api(api.address, made["accessToken"])
    await found.send("PUT", "/users/profile", {"firstName": chat.name})
    for mood in (3, 2, 4):
        await found.send("POST", "/moods", {"mood": mood})
    return found


async def _hold(person: _Api, chat: Chat, counselors: dict[str, _Api]) -> bool:
    """Begin a chat and bring it to where it is to be; False when this person has another one open."""
    counselor = counselors.get(chat.counselor or "")
    asked = {"topic": chat.topic, "message": chat.lines[0], "priority": chat.priority, "language": chat.language}
    if counselor is not None:
        _, account = await counselor.send("GET", "/counselor/profile")
        asked["preferredCounselorId"] = account["id"]
    status, session = await person.send("POST", "/chat/sessions", asked, but=(409,))
    if status == 409:
        return False
    if counselor is not None:
        await _take(counselor, session["id"])
        for number, line in enumerate(chat.lines[1:], start=1):
            sender = counselor if number % 2 else person
            await sender.send("POST", f"/chat/sessions/{session['id']}/messages", {"message": line, "clientId": f"demo-{number}"})
        if chat.rating:
            await counselor.send("POST", f"/chat/sessions/{session['id']}/close")
            await person.send("PUT", f"/chat/sessions/{session['id']}/rate", {"rating": chat.rating, "feedback": chat.feedback})
    if chat.raised_to:
        await counselors[RUTH].send("POST", f"/counselor/sessions/{session['id']}/priority", {"priority": chat.raised_to})
    return True


async def _take(counselor: _Api, session_id: str) -> None:
    """Accept the offer that a worker makes to the counselor who was asked for."""
    deadline = time.monotonic() + MOST_SECONDS
    while (await counselor.send("POST", f"/counselor/sessions/{session_id}/accept", but=(409,)))[0] == 409:
        if time.monotonic() > deadline:
            raise CannotFill("No worker offered a chat to its counselor: are the instance's workers running?")
        await asyncio.sleep(0.1)  # between two looks: the worker tells the counselor's sockets, and this one has none
