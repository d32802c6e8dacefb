"""The tables, one file a subject. Checks, partial and conditional indexes stand in the migrations."""

from models.accounts import AuthSession, Counselor, DataKey, OneTimeToken, Staff, User
from models.achievements import Achievement, UserAchievement
from models.moods import MoodEntry, MoodImport
from models.notifications import Notification
from models.system import AuditEntry, DevelopmentMail, IdempotencyKey, JobRow, MailRow, ScheduleMark, SigningKey, SystemKey

__all__ = [
    "Achievement",
    "AuditEntry",
    "AuthSession",
    "Counselor",
    "DataKey",
    "DevelopmentMail",
    "IdempotencyKey",
    "JobRow",
    "MailRow",
    "MoodEntry",
    "MoodImport",
    "Notification",
    "OneTimeToken",
    "ScheduleMark",
    "SigningKey",
    "Staff",
    "SystemKey",
    "User",
    "UserAchievement",
]
