"""The AsyncAPI 3.0 document of the socket, made from the tables that serve it: every command with its reply, every push."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import msgspec

from api import openapi
from api.realtime import connections, endpoint
from api.realtime import socket as sockets
from api.realtime.asyncapi_examples import PUSHED, REFUSED, SENT
from api.realtime.commands import COMMANDS, Command
from api.realtime.frames import HEARTBEAT_SECONDS, MOST_FRAME_BYTES, MOST_REF, PUSHES
from api.schema import Body
from core.settings import Settings
from domain.chat.snapshot import PAGE, RESUME_BYTES, RESUME_LIMIT

CLOSE_CODES = {
    sockets.UNAUTHENTICATED: f"not signed in within {endpoint.AUTH_SECONDS} seconds, or no longer: sign in again",
    sockets.FORBIDDEN: "forbidden",
    sockets.TOO_FAST: f"too fast: more than {endpoint.MOST_FRAMES_A_SECOND} frames a second for {endpoint.SECONDS_TOO_FAST} s, or {endpoint.MOST_BAD_FRAMES} bad frames in a row",
    sockets.REPLACED: f"replaced by a newer socket: one principal has at most {connections.MOST_SOCKETS}",
    sockets.NOT_TEXT: "a binary frame",
    1009: f"a frame over {MOST_FRAME_BYTES // 1024} KiB",
    sockets.RESTART: "the process restarts: come back at once and resume",
}

_ABOUT = f"""\
JSON text frames over a native WebSocket.

Sign in by `Authorization: Bearer …` on the upgrade (a bad token: 401 before it), or by `auth` as the first frame within {endpoint.AUTH_SECONDS} s. An `Origin`,
where one is sent, must be the API's own or stand in CORS_ORIGINS. The server opens with `hello` and pings every {HEARTBEAT_SECONDS} s.

A command with a `ref` is answered once by a `reply` that carries it; pushes carry none. Messages come at least once, in the order of `seq`, which has no
gaps: what is at or below the last `seq` seen is a repetition. To resume, `chat:join` with `afterSeq`: all that was missed when it is at most {RESUME_LIMIT}
messages and {RESUME_BYTES // 1024} KiB, else `complete: false` and the newest {PAGE} at most, to begin anew from. A message sent again with its `clientId` is stored once.

A client's frame has at most {MOST_FRAME_BYTES // 1024} KiB. Who does not read is cut off at {sockets.MOST_QUEUED_BYTES // 1024} KiB waiting, to resume."""

_RATES = {
    each.metadata["variable"]: f"{each.metadata['default']} by default: {each.metadata['says']}" for each in fields(Settings) if each.metadata["variable"].startswith("LIMIT_")
}
_CHANNEL = "#/channels/realtime"


def document(version: str = "0.1.0") -> bytes:
    """The document as JSON bytes."""
    pushes = {event: shape for event, (shape, _) in PUSHES.items()}
    commands = {event: (command.data, command.gives) for event, command in COMMANDS.items()}
    schemas, components = openapi.described([*pushes.values(), *(shape for pair in commands.values() for shape in pair)])
    problem = components["Problem"]
    components["Problem"] = {**problem, "properties": {**problem["properties"], "retryAfter": {"type": "integer", "description": "seconds, at 429"}}}
    messages, operations = {}, {}
    for event, command in COMMANDS.items():
        takes, gives = commands[event]
        name = event.replace(":", ".")
        messages[f"{name}.command"] = _command(command, takes, schemas[id(takes)])
        messages[f"{name}.reply"] = _reply(event, schemas[id(gives)])
        operations[f"{name}.command"] = _operation(
            "receive",
            f"{name}.command",
            command.summary,
            description=_limit(command),
            reply={"channel": {"$ref": _CHANNEL}, "messages": [{"$ref": f"{_CHANNEL}/messages/{name}.reply"}]},
        )
    for event, (shape, summary) in PUSHES.items():
        name = event.replace(":", ".")
        messages[f"{name}.push"] = _push(event, summary, {"data": schemas[id(shape)]})
        operations[f"{name}.push"] = _operation("send", f"{name}.push", summary)
    summary = "What was sent cannot be understood, or was refused and had no `ref`."
    messages["error.push"] = _push("error", summary, {"error": {"$ref": "#/components/schemas/Problem"}})
    operations["error.push"] = _operation("send", "error.push", summary)
    return msgspec.json.encode(
        {
            "asyncapi": "3.0.0",
            "info": {"title": "MentalSpace socket", "version": version, "description": "Live chat, presence and notifications; the routes are in openapi.json."},
            "defaultContentType": "application/json",
            "channels": {
                "realtime": {
                    "address": "/api/realtime",
                    "title": "The socket",
                    "description": f"{_flowing(_ABOUT)}\n\nClose codes:\n\n" + "\n".join(f"- {code}: {says}" for code, says in sorted(CLOSE_CODES.items())),
                    "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                    "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
                    "x-close-codes": {str(code): says for code, says in sorted(CLOSE_CODES.items())},
                }
            },
            "operations": operations,
            "components": {
                "messages": messages,
                "schemas": components,
                "securitySchemes": {
                    "bearer": {
                        "type": "http",
                        "scheme": "bearer",
                        "bearerFormat": "JWT",
                        "description": "An access token in the upgrade's `Authorization` header, or in the first frame, `auth`; a later `auth` renews it.",
                    }
                },
            },
        }
    )


def _flowing(text: str) -> str:
    return "\n\n".join(paragraph.replace("\n", " ") for paragraph in text.split("\n\n"))


def _operation(action: str, message: str, summary: str, **more: Any) -> dict[str, Any]:
    security = {} if message == "auth.command" or action == "send" else {"security": [{"$ref": "#/components/securitySchemes/bearer"}]}
    return {"action": action, "channel": {"$ref": _CHANNEL}, "messages": [{"$ref": f"{_CHANNEL}/messages/{message}"}], "summary": summary, **security, **more}


def _limit(command: Command) -> str:
    variable = f"LIMIT_{command.limit.upper()}"
    return f"{variable}, {_RATES[variable]}. Over it: a problem with status 429 and `retryAfter`."


def _frame(event: str, required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {"type": "object", "required": ["event", *required], "properties": {"event": {"const": event}, **required, **optional}, "additionalProperties": False}


_REF = {"type": "string", "maxLength": MOST_REF, "description": "the client's choice; the reply carries it again"}
_OF_REF = {"location": "$message.payload#/ref"}


def _command(command: Command, takes: type[Body], data: Any) -> dict[str, Any]:
    needs_data = any(field.required for field in msgspec.structs.fields(takes))
    payload = _frame(command.event, {"data": data}, ref=_REF) if needs_data else _frame(command.event, {}, data=data, ref=_REF)
    examples = [_example({"event": command.event, "ref": "r1", "data": SENT[command.event][0]})]
    return {"name": command.event, "title": f"{command.event}, sent", "summary": command.summary, "correlationId": _OF_REF, "payload": payload, "examples": examples}


def _reply(event: str, data: Any) -> dict[str, Any]:
    ref = {"type": "string", "maxLength": MOST_REF}
    good = _frame("reply", {"ref": ref, "ok": {"const": True}, "data": data})
    bad = _frame("reply", {"ref": ref, "ok": {"const": False}, "error": {"$ref": "#/components/schemas/Problem"}})
    examples = [
        _example({"event": "reply", "ref": "r1", "ok": True, "data": SENT[event][1]}),
        _example({"event": "reply", "ref": "r1", "ok": False, "error": REFUSED}),
    ]
    return {"name": "reply", "title": f"reply to {event}", "correlationId": _OF_REF, "payload": {"oneOf": [good, bad]}, "examples": examples}


def _push(event: str, summary: str, carries: dict[str, Any]) -> dict[str, Any]:
    frame = {"event": event, "error": REFUSED} if event == "error" else {"event": event, "data": PUSHED[event]}
    return {"name": event, "title": f"{event}, pushed", "summary": summary, "payload": _frame(event, carries), "examples": [_example(frame)]}


def _example(payload: dict[str, Any]) -> dict[str, Any]:
    return {"payload": payload}
