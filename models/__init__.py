"""The tables, one file a subject. Checks, partial and conditional indexes stand in the migrations."""

from models.accounts import AuthSession, Counselor, DataKey, OneTimeToken, Staff, User
from models.achievements import Achievement, UserAchievement
from models.chat import ApiProcess, ChatAttachment, ChatJoin, ChatMessage, ChatOffer, ChatSession, CounselorNote, Crisis, LastSeen, Presence, RiskFlag
from models.insights import InsightRun, InsightShard, MoodChart, MoodInsights, TrainedModel
from models.moods import MoodEntry, MoodImport
from models.notifications import Notification
from models.privacy import DataExport, Device, Erasure, MailEvent
from models.programs import BreathingSession, ModuleCompletion, Program, ProgramModule, UserProgram
from models.system import AuditEntry, DevelopmentMail, IdempotencyKey, JobRow, MailRow, ScheduleMark, SigningKey, SystemKey

__all__ = [
    "Achievement",
    "ApiProcess",
    "AuditEntry",
    "AuthSession",
    "BreathingSession",
    "ChatAttachment",
    "ChatJoin",
    "ChatMessage",
    "ChatOffer",
    "ChatSession",
    "Counselor",
    "CounselorNote",
    "Crisis",
    "DataExport",
    "DataKey",
    "DevelopmentMail",
    "Device",
    "Erasure",
    "IdempotencyKey",
    "InsightRun",
    "InsightShard",
    "JobRow",
    "LastSeen",
    "MailEvent",
    "MailRow",
    "ModuleCompletion",
    "MoodChart",
    "MoodEntry",
    "MoodImport",
    "MoodInsights",
    "Notification",
    "OneTimeToken",
    "Presence",
    "Program",
    "ProgramModule",
    "RiskFlag",
    "ScheduleMark",
    "SigningKey",
    "Staff",
    "SystemKey",
    "TrainedModel",
    "User",
    "UserAchievement",
    "UserProgram",
]
