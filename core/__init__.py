"""Plumbing without a product noun: settings, database, crypto, jobs, events, mail, limits, telemetry, embedded servers."""
