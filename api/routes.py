"""Every route of the API, in one table. `/api` goes before each path."""

from __future__ import annotations

from api import achievements, auth, moods, notifications, system, users
from api.http import ANYONE_SIGNED_IN, COUNSELOR, USER, Route
from domain.mood_import import MoodImport

ROUTES: tuple[Route, ...] = (
    # Authentication
    Route("POST", "/auth/register", auth.register, None, 201, also={202: "EMAIL_VERIFICATION=required: a mail is on its way", 409: "taken address"}, gives=auth.SignedIn),
    Route("POST", "/auth/verify-email", auth.verify_email, None),
    Route("POST", "/auth/login", auth.login, None, also={401: "wrong email, password or code", 403: "unverified or closed account"}),
    Route("POST", "/auth/refresh", auth.refresh, None, also={401: "not a refresh token that is still good"}),
    Route("POST", "/auth/logout", auth.logout, ANYONE_SIGNED_IN, 204),
    Route("POST", "/auth/forgot-password", auth.forgot_password, None, 202),
    Route("POST", "/auth/reset-password", auth.reset_password, None, 204),
    Route("POST", "/auth/change-password", auth.change_password, ANYONE_SIGNED_IN, 204),
    Route("GET", "/auth/sessions", auth.sessions, ANYONE_SIGNED_IN),
    Route("DELETE", "/auth/sessions/{id}", auth.end_session, ANYONE_SIGNED_IN, 204),
    # Users
    Route("GET", "/users/profile", users.profile, USER, versioned=True),
    Route("PUT", "/users/profile", users.change_profile, USER, versioned=True),
    Route("POST", "/users/upgrade", users.upgrade, USER, once=True),
    Route("GET", "/users/preferences", users.preferences, USER, versioned=True),
    Route("PUT", "/users/preferences", users.change_preferences, USER, versioned=True),
    # Mood tracking
    Route("GET", "/moods", moods.history, USER),
    Route("POST", "/moods", moods.create, USER, 201, once=True),
    Route("GET", "/moods/stats", moods.stats, USER),
    Route("GET", "/moods/export.csv", moods.export, USER),
    Route("POST", "/moods/import", moods.begin_import, USER, 202, once=True, gives=MoodImport),
    Route("GET", "/moods/import/{id}", moods.import_state, USER),
    Route("GET", "/moods/{id}", moods.one, USER),
    Route("PUT", "/moods/{id}", moods.change, USER),
    Route("DELETE", "/moods/{id}", moods.delete, USER, 204),
    # Achievements
    Route("GET", "/achievements", achievements.every, USER, versioned=True),
    Route("GET", "/achievements/user", achievements.earned, USER),
    Route("GET", "/achievements/progress", achievements.progress, USER),
    # Notifications
    Route("GET", "/notifications", notifications.every, USER | COUNSELOR),
    Route("POST", "/notifications/{id}/read", notifications.read, USER | COUNSELOR),
    Route("POST", "/notifications/read-all", notifications.read_all, USER | COUNSELOR, 204),
    # System
    Route("GET", "/health/live", system.live, None, limit="off"),
    Route("GET", "/health/ready", system.ready, None, also={503: "something a request needs is not there"}, limit="off", gives=system.Ready),
    Route("GET", "/metrics", system.metrics, None, also={403: "not the token", 404: "no token is set, and not from this machine"}, limit="off"),
    Route("GET", "/openapi.json", system.openapi, None),
    Route("GET", "/docs", system.docs, None),
    Route("GET", "/docs/docs.js", system.docs_script, None),
    Route("GET", "/docs/docs.css", system.docs_style, None),
    Route("GET", "/dev/mailbox", system.mailbox, None, gives=list[system.DevelopmentMail]),
)
