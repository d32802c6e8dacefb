"""Every module that handles jobs: importing this one makes a process able to run them all."""

from __future__ import annotations

from workers import avatars, charts, chat, chat_files, forecast, insight_runs, insights, mails, matching, moods, privacy, programs, reminders, risk, upkeep

__all__ = ["avatars", "charts", "chat", "chat_files", "forecast", "insight_runs", "insights", "mails", "matching", "moods", "privacy", "programs", "reminders", "risk", "upkeep"]
