"""Chat: sessions, messages, the queue and who takes whom from it."""
