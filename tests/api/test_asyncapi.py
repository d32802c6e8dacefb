"""The description of the socket: well formed, complete, and true of every frame that goes over it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from api import asyncapi
from api.realtime import frames
from api.realtime.commands import COMMANDS
from api.realtime.frames import PUSHES
from tests.documents import references
from tests.people import World, do_jobs
from tests.sockets import Client, connected

DOCUMENT: dict[str, Any] = json.loads(asyncapi.document())
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]
_registry = Registry().with_resource("urn:asyncapi", DRAFT202012.create_resource({"$id": "urn:asyncapi", **DOCUMENT}))
EVENTS = [*(f"{event.replace(':', '.')}.{part}" for event in COMMANDS for part in ("command", "reply")), *(f"{event.replace(':', '.')}.push" for event in (*PUSHES, "error"))]


def wrong(message: str, frame: Any) -> list[str]:
    """What the description has against a frame."""
    schema = {"$ref": f"urn:asyncapi#/components/messages/{message}/payload"}
    return [error.message for error in Draft202012Validator(schema, registry=_registry).iter_errors(frame)]


def pointed(reference: str) -> Any:
    found: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found


async def test_it_is_served(world: World) -> None:
    answered = await world.send("GET", "/asyncapi.json")
    assert (answered.status, answered.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert answered.json == DOCUMENT
    assert DOCUMENT["asyncapi"] == "3.0.0"


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    found = references(DOCUMENT)
    assert all(pointed(reference) for reference in found)
    assert {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]} <= found


def test_every_command_reply_and_push_is_a_message_of_the_channel() -> None:
    channel = DOCUMENT["channels"]["realtime"]
    assert channel["address"] == "/api/realtime"
    assert sorted(MESSAGES) == sorted(EVENTS)
    assert channel["messages"] == {name: {"$ref": f"#/components/messages/{name}"} for name in MESSAGES}


@pytest.mark.parametrize("event", COMMANDS)
def test_a_command_is_an_operation_with_its_reply(event: str) -> None:
    name = event.replace(":", ".")
    operation = DOCUMENT["operations"][f"{name}.command"]
    assert (operation["action"], operation["summary"]) == ("receive", COMMANDS[event].summary)
    assert [pointed(each["$ref"])["$ref"] for each in operation["messages"]] == [f"#/components/messages/{name}.command"]
    assert [pointed(each["$ref"])["$ref"] for each in operation["reply"]["messages"]] == [f"#/components/messages/{name}.reply"]
    assert ("security" in operation) == (event != "auth")
    assert "LIMIT_" in operation["description"]


@pytest.mark.parametrize("event", [*PUSHES, "error"])
def test_a_push_is_an_operation(event: str) -> None:
    operation = DOCUMENT["operations"][f"{event.replace(':', '.')}.push"]
    assert (operation["action"], "reply" in operation) == ("send", False)
    assert operation["summary"].endswith(".")


def test_every_close_code_is_told() -> None:
    channel = DOCUMENT["channels"]["realtime"]
    assert {"4001", "4003", "4008", "4010", "1009", "1012"} <= set(channel["x-close-codes"])
    assert all(f"- {code}: " in channel["description"] for code in channel["x-close-codes"])


@pytest.mark.parametrize("name", MESSAGES)
def test_examples_are_valid_and_other_frames_are_not(name: str) -> None:
    examples = [each["payload"] for each in MESSAGES[name]["examples"]]
    assert examples
    for example in examples:
        assert wrong(name, example) == []
        assert wrong(name, {**example, "event": "other"})
        assert wrong(name, {**example, "more": 1})
        if example.get("data"):
            assert wrong(name, {**example, "data": []})


def test_the_examples_of_commands_are_taken_by_the_server() -> None:
    for name, message in MESSAGES.items():
        if name.endswith(".command"):
            frame = frames.read(json.dumps(message["examples"][0]["payload"]))
            assert (frame.event, frame.ref) == (message["name"], "r1")


async def test_what_is_described_is_what_is_served(world: World) -> None:
    """A talk with every command, right and wrong: each frame fits its description."""
    person, counselor = await world.user(firstName="Ana", language="es"), await world.counselor(languages=["en", "es"])
    replies: list[tuple[str, dict[str, Any]]] = []

    async def say(client: Client, event: str, **data: Any) -> Any:
        frame = await client.ask(event, **data)
        replies.append((event, frame))
        assert wrong(f"{event.replace(':', '.')}.command", {"event": event, "ref": frame["ref"], "data": data}) == []
        return frame.get("data")

    async with connected(world) as mine, connected(world, counselor) as theirs, connected(world, person) as other:
        await say(mine, "auth", token=person.tokens["accessToken"])
        session = (await person.post("/chat/sessions", {"topic": "sleep"})).json["id"]
        await say(theirs, "chat:online", status="available")
        await do_jobs()
        await theirs.until("chat:offer")
        assert (await counselor.post(f"/counselor/sessions/{session}/accept")).status == 200
        for each in (mine, theirs):
            await say(each, "chat:join", sessionId=session)
        await say(mine, "chat:message", sessionId=session, clientId="a1", message="I want to kill myself")
        await theirs.until("chat:message")
        await say(theirs, "chat:typing", sessionId=session, isTyping=True)
        await say(theirs, "chat:read", sessionId=session, upToSeq=1)
        await mine.until("chat:typing")
        await mine.until("chat:read")
        await say(mine, "notification:update", preferences={"theme": "dark"})
        await other.until("notification:update")
        await say(mine, "notification:read", all=True)
        await other.until("notification:read")
        await mine.connection.send_str("[]")
        # Its refusal is pushed before the next reply.
        await say(mine, "ping")
        await say(theirs, "chat:leave", sessionId=session)
        for event in ("chat:join", "chat:leave", "chat:message", "chat:typing", "chat:read"):
            frame = await other.ask(event, sessionId="nothing")
            assert not frame["ok"]
            replies.append((event, frame))
        await counselor.post(f"/chat/sessions/{session}/close")
        await mine.until("chat:status", lambda data: data["session"]["status"] == "closed")
        await theirs.connection.close()
        await mine.until("chat:online", lambda data: not data["isOnline"])
        pushed = [*mine.pushed, *theirs.pushed, *other.pushed]
    assert [(event, frame, found) for event, frame in replies if (found := wrong(f"{event.replace(':', '.')}.reply", frame))] == []
    assert [(frame, found) for frame in pushed if (found := wrong(f"{frame['event'].replace(':', '.')}.push", frame))] == []
    assert {event for event, frame in replies if frame["ok"]} == set(COMMANDS)
    assert {frame["event"] for frame in pushed} == {*PUSHES, "error"}
    assert any("crisis" in frame.get("data", {}) for _, frame in replies)
