"""The socket: `GET /api/realtime`."""
