"""Examples of every frame, for the description of the socket."""

from __future__ import annotations

from typing import Any

_USER, _COUNSELOR, _SESSION, _MESSAGE = (f"01a20809-a930-734e-ae5a-5199afcd8ab{n}" for n in "abcd")
_NOW, _LATER = "2026-11-23T10:53:00.591Z", "2026-11-23T10:53:45.591Z"

_PREFERENCES: dict[str, Any] = {"theme": "dark", "notifications": {"push": {"chat": True}, "quietHours": {"start": "22:00", "end": "07:00"}}}
_SIGNED_IN: dict[str, Any] = {"principal": {"id": _USER, "kind": "user"}, "heartbeatSeconds": 25, "resumeLimit": 300}
_CARD: dict[str, Any] = {
    "id": _COUNSELOR,
    "firstName": "Cora",
    "lastName": "Lane",
    "bio": "",
    "specializations": ["anxiety", "sleep"],
    "languages": ["en", "es"],
    "rating": 4.4,
    "ratingCount": 12,
}
_WAITING: dict[str, Any] = {
    "id": _SESSION,
    "userId": _USER,
    "counselorId": None,
    "counselor": None,
    "status": "waiting",
    "priority": "medium",
    "topic": "Cannot sleep before exams",
    "language": "en",
    "startedAt": None,
    "endedAt": None,
    "rating": None,
    "feedback": None,
    "lastSeq": 1,
    "unread": 0,
    "queue": {"position": 2, "estimatedWaitSeconds": 600},
    "createdAt": _NOW,
}
_ACTIVE: dict[str, Any] = {**_WAITING, "counselorId": _COUNSELOR, "counselor": _CARD, "status": "active", "startedAt": _NOW, "queue": None}
_WRITTEN: dict[str, Any] = {
    "id": _MESSAGE,
    "sessionId": _SESSION,
    "seq": 2,
    "clientId": "a1",
    "senderId": _USER,
    "senderType": "user",
    "message": "I lie awake until three.",
    "messageType": "text",
    "attachmentUrl": None,
    "isRead": False,
    "sentAt": _NOW,
}
_NOTIFICATION: dict[str, Any] = {
    "id": _MESSAGE,
    "kind": "chat_message",
    "title": "New message from Cora",
    "body": "Open the chat to read it.",
    "data": {"sessionId": _SESSION},
    "isRead": False,
    "createdAt": _NOW,
}
_EVERY_PREFERENCE: dict[str, Any] = {
    "timezone": "Europe/Madrid",
    "language": "es",
    "theme": "dark",
    "fontSize": "medium",
    "notifications": {
        "email": {"moodReminder": False, "weeklySummary": True, "programReminder": False, "chat": True, "achievements": True},
        "push": {"moodReminder": False, "weeklySummary": False, "programReminder": False, "chat": True, "achievements": True},
        "quietHours": {"start": "22:00", "end": "07:00"},
        "moodReminderTime": None,
    },
    "privacy": {"activityTracking": True, "insights": True},
}

# Of each command: what is sent, and the reply's data.
SENT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "auth": ({"token": "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMWEyIn0.c2ln"}, _SIGNED_IN),
    "chat:join": (
        {"sessionId": _SESSION, "afterSeq": 1},
        {
            "session": {**_ACTIVE, "lastSeq": 2},
            "messages": [_WRITTEN],
            "lastSeq": 2,
            "complete": True,
            "participants": [
                {"id": _USER, "kind": "user", "firstName": "Ana", "isOnline": True, "lastSeenAt": None, "readSeq": 44},
                {"id": _COUNSELOR, "kind": "counselor", "firstName": "Cora", "isOnline": False, "lastSeenAt": _NOW, "readSeq": 43},
            ],
        },
    ),
    "chat:leave": ({"sessionId": _SESSION}, {}),
    "chat:message": ({"sessionId": _SESSION, "clientId": "a1", "message": "I lie awake until three."}, {"message": _WRITTEN}),
    "chat:typing": ({"sessionId": _SESSION, "isTyping": True}, {}),
    "chat:read": ({"sessionId": _SESSION, "upToSeq": 2}, {}),
    "chat:online": ({"status": "available"}, {"status": "available"}),
    "notification:read": ({"ids": [_MESSAGE]}, {"unread": 3}),
    "notification:update": ({"preferences": _PREFERENCES}, {"preferences": _EVERY_PREFERENCE}),
    "ping": ({}, {"now": _NOW}),
}

# Of each push: its data.
PUSHED: dict[str, dict[str, Any]] = {
    "hello": {"heartbeatSeconds": 25, "resumeLimit": 300, "principal": None},
    "chat:message": {"message": _WRITTEN},
    "chat:typing": {"sessionId": _SESSION, "senderId": _COUNSELOR, "senderType": "counselor", "isTyping": True},
    "chat:read": {"sessionId": _SESSION, "readerId": _COUNSELOR, "upToSeq": 2},
    "chat:online": {"sessionId": _SESSION, "participantId": _COUNSELOR, "senderType": "counselor", "isOnline": False, "lastSeenAt": _NOW},
    "chat:status": {"session": _WAITING},
    "chat:offer": {"session": _WAITING, "expiresAt": _LATER, "reason": "speaks English; sleep is among your specializations"},
    "notification:new": {"notification": _NOTIFICATION},
    "notification:read": {"unread": 0, "all": True},
    "notification:update": {"preferences": _EVERY_PREFERENCE},
}

REFUSED: dict[str, Any] = {
    "type": "urn:mentalspace:problem:rate_limited",
    "title": "Too many requests",
    "status": 429,
    "detail": "Too many messages at once",
    "code": "rate_limited",
    "requestId": "01a20809a930734eae5a5199afcd8abe",
    "retryAfter": 7,
}
