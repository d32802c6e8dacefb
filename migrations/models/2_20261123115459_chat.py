from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "api_processes" (
    "id" UUID NOT NULL PRIMARY KEY,
    "seen_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "api_processes" IS 'A living API process; one that has not been seen for a while is dead, and its rows below go with it.';
        CREATE TABLE IF NOT EXISTS "last_seen" (
    "principal_id" UUID NOT NULL PRIMARY KEY,
    "at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "last_seen" IS 'When somebody''s last socket closed.';
        CREATE TABLE IF NOT EXISTS "chat_sessions" (
    "id" UUID NOT NULL PRIMARY KEY,
    "status" VARCHAR(8) NOT NULL,
    "priority" VARCHAR(9) NOT NULL,
    "topic" BYTEA NOT NULL,
    "language" VARCHAR(35) NOT NULL,
    "last_seq" INT NOT NULL,
    "user_read_seq" INT NOT NULL,
    "counselor_read_seq" INT NOT NULL,
    "version" INT NOT NULL,
    "queued_at" TIMESTAMPTZ NOT NULL,
    "returned_at" TIMESTAMPTZ,
    "started_at" TIMESTAMPTZ,
    "ended_at" TIMESTAMPTZ,
    "rating" SMALLINT,
    "feedback" BYTEA,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,
    "counselor_id" UUID REFERENCES "counselors" ("id") ON DELETE RESTRICT,
    "preferred_counselor_id" UUID REFERENCES "counselors" ("id") ON DELETE SET NULL,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
COMMENT ON TABLE "chat_sessions" IS 'A conversation of a person with a counselor. Everything sealed here is sealed with the person''s key.';
        CREATE TABLE IF NOT EXISTS "chat_attachments" (
    "id" UUID NOT NULL PRIMARY KEY,
    "uploader_type" VARCHAR(9) NOT NULL,
    "uploader_id" UUID NOT NULL,
    "status" VARCHAR(10) NOT NULL,
    "content_type" VARCHAR(32) NOT NULL,
    "size" INT NOT NULL,
    "file" VARCHAR(120) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "session_id" UUID NOT NULL REFERENCES "chat_sessions" ("id") ON DELETE CASCADE
);
COMMENT ON TABLE "chat_attachments" IS 'An uploaded file, sealed with the key of the session''s person; `status` is `processing`, `ready` or `failed`.';
        CREATE TABLE IF NOT EXISTS "chat_joins" (
    "id" UUID NOT NULL PRIMARY KEY,
    "principal_id" UUID NOT NULL,
    "process_id" UUID NOT NULL REFERENCES "api_processes" ("id") ON DELETE CASCADE,
    "session_id" UUID NOT NULL REFERENCES "chat_sessions" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_chat_joins_session_531ff6" UNIQUE ("session_id", "principal_id", "process_id")
);
COMMENT ON TABLE "chat_joins" IS 'Somebody follows a session at a process: messages are pushed there, so nobody need be notified of them.';
        CREATE TABLE IF NOT EXISTS "chat_messages" (
    "id" UUID NOT NULL PRIMARY KEY,
    "seq" INT NOT NULL,
    "client_id" VARCHAR(64),
    "sender_type" VARCHAR(9) NOT NULL,
    "sender_id" UUID,
    "message" BYTEA NOT NULL,
    "message_type" VARCHAR(8) NOT NULL,
    "sent_at" TIMESTAMPTZ NOT NULL,
    "session_id" UUID NOT NULL REFERENCES "chat_sessions" ("id") ON DELETE CASCADE,
    "attachment_id" UUID UNIQUE REFERENCES "chat_attachments" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_chat_messag_session_0aa44c" UNIQUE ("session_id", "seq")
);
COMMENT ON TABLE "chat_messages" IS '`seq` is 1, 2, 3… in its session, without gaps. A system message has no sender and no client id.';
        CREATE TABLE IF NOT EXISTS "chat_offers" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(9) NOT NULL,
    "status" VARCHAR(9) NOT NULL,
    "reasons" TEXT[] NOT NULL,
    "offered_by" UUID,
    "note" BYTEA,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "counselor_id" UUID NOT NULL REFERENCES "counselors" ("id") ON DELETE CASCADE,
    "session_id" UUID NOT NULL REFERENCES "chat_sessions" ("id") ON DELETE CASCADE
);
COMMENT ON TABLE "chat_offers" IS 'A session offered to a counselor for a while.';
        CREATE TABLE IF NOT EXISTS "counselor_notes" (
    "id" UUID NOT NULL PRIMARY KEY,
    "text" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "counselor_id" UUID NOT NULL REFERENCES "counselors" ("id") ON DELETE CASCADE,
    "session_id" UUID NOT NULL REFERENCES "chat_sessions" ("id") ON DELETE CASCADE
);
COMMENT ON TABLE "counselor_notes" IS 'What a counselor writes down about a session, for counselors only; sealed with the person''s key.';
        CREATE TABLE IF NOT EXISTS "crises" (
    "id" UUID NOT NULL PRIMARY KEY,
    "level" SMALLINT NOT NULL,
    "rounds" SMALLINT NOT NULL,
    "opened_at" TIMESTAMPTZ NOT NULL,
    "acknowledged_at" TIMESTAMPTZ,
    "acknowledged_by" UUID,
    "session_id" UUID REFERENCES "chat_sessions" ("id") ON DELETE SET NULL,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
COMMENT ON TABLE "crises" IS 'Flags of one person that are answered together. Open until a counselor takes it up; `rounds` counts the alerts.';
        CREATE TABLE IF NOT EXISTS "presences" (
    "id" UUID NOT NULL PRIMARY KEY,
    "principal_kind" VARCHAR(16) NOT NULL,
    "principal_id" UUID NOT NULL,
    "process_id" UUID NOT NULL REFERENCES "api_processes" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_presences_princip_db3bc9" UNIQUE ("principal_id", "process_id")
);
COMMENT ON TABLE "presences" IS 'Somebody has a socket at a process.';
        CREATE TABLE IF NOT EXISTS "risk_flags" (
    "id" UUID NOT NULL PRIMARY KEY,
    "source" VARCHAR(16) NOT NULL,
    "source_id" UUID,
    "level" SMALLINT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "crisis_id" UUID NOT NULL REFERENCES "crises" ("id") ON DELETE CASCADE,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
COMMENT ON TABLE "risk_flags" IS 'One text that showed crisis risk: where it stands, never what it said. `level` 1–6 follows the C-SSRS screener.';
        ALTER TABLE "counselors" ADD "otp_step" BIGINT;
        ALTER TABLE "counselors" ADD "last_active_at" TIMESTAMPTZ;
        ALTER TABLE "counselors" ADD "rating_sum" INT NOT NULL DEFAULT 0;
        ALTER TABLE "counselors" ADD "rating_count" INT NOT NULL DEFAULT 0;
        ALTER TABLE "staff" ADD "otp_step" BIGINT;
        ALTER TABLE chat_sessions
            ADD CONSTRAINT chat_sessions_status CHECK (status IN ('waiting', 'active', 'closed')),
            ADD CONSTRAINT chat_sessions_priority CHECK (priority IN ('low', 'medium', 'high', 'emergency')),
            ADD CONSTRAINT chat_sessions_held CHECK (CASE status WHEN 'waiting' THEN counselor_id IS NULL WHEN 'active' THEN counselor_id IS NOT NULL ELSE true END),
            ADD CONSTRAINT chat_sessions_ended CHECK ((status = 'closed') = (ended_at IS NOT NULL)),
            ADD CONSTRAINT chat_sessions_rating CHECK (rating IS NULL OR (rating BETWEEN 1 AND 5 AND status = 'closed')),
            ADD CONSTRAINT chat_sessions_feedback CHECK (feedback IS NULL OR rating IS NOT NULL),
            ADD CONSTRAINT chat_sessions_seqs CHECK (user_read_seq BETWEEN 0 AND last_seq AND counselor_read_seq BETWEEN 0 AND last_seq);
        CREATE UNIQUE INDEX chat_sessions_one_open ON chat_sessions (user_id) WHERE status <> 'closed';
        CREATE INDEX chat_sessions_of_user ON chat_sessions (user_id, created_at DESC, id DESC);
        CREATE INDEX chat_sessions_of_counselor ON chat_sessions (counselor_id, created_at DESC, id DESC) WHERE counselor_id IS NOT NULL;
        CREATE INDEX chat_sessions_open ON chat_sessions (status, counselor_id) WHERE status <> 'closed';
        CREATE INDEX chat_sessions_changed ON chat_sessions (updated_at);
        CREATE INDEX chat_sessions_started ON chat_sessions (started_at);

        ALTER TABLE chat_messages
            ADD CONSTRAINT chat_messages_seq CHECK (seq > 0),
            ADD CONSTRAINT chat_messages_sender CHECK (sender_type IN ('user', 'counselor', 'system') AND (sender_type = 'system') = (sender_id IS NULL)),
            ADD CONSTRAINT chat_messages_type CHECK (message_type IN ('text', 'image', 'file', 'resource'));
        CREATE UNIQUE INDEX chat_messages_client_id ON chat_messages (session_id, sender_id, client_id) WHERE client_id IS NOT NULL;

        ALTER TABLE chat_attachments
            ADD CONSTRAINT chat_attachments_uploader CHECK (uploader_type IN ('user', 'counselor')),
            ADD CONSTRAINT chat_attachments_status CHECK (status IN ('processing', 'ready', 'failed')),
            ADD CONSTRAINT chat_attachments_size CHECK (size > 0);

        ALTER TABLE chat_offers
            ADD CONSTRAINT chat_offers_kind CHECK (kind IN ('match', 'emergency', 'transfer')),
            ADD CONSTRAINT chat_offers_status CHECK (status IN ('live', 'accepted', 'declined', 'expired', 'withdrawn')),
            ADD CONSTRAINT chat_offers_by CHECK ((kind = 'transfer') = (offered_by IS NOT NULL));
        CREATE UNIQUE INDEX chat_offers_one_each ON chat_offers (session_id, counselor_id) WHERE status = 'live';
        CREATE UNIQUE INDEX chat_offers_one_match ON chat_offers (session_id) WHERE status = 'live' AND kind <> 'emergency';
        CREATE INDEX chat_offers_live ON chat_offers (counselor_id) WHERE status = 'live';
        CREATE INDEX chat_offers_of_session ON chat_offers (session_id, created_at);

        CREATE INDEX counselor_notes_of_session ON counselor_notes (session_id, created_at DESC, id DESC);

        ALTER TABLE presences ADD CONSTRAINT presences_kind CHECK (principal_kind IN ('user', 'counselor', 'staff'));

        ALTER TABLE crises ADD CONSTRAINT crises_level CHECK (level BETWEEN 1 AND 6);
        CREATE UNIQUE INDEX crises_one_open ON crises (user_id) WHERE acknowledged_at IS NULL;
        CREATE INDEX crises_of_user ON crises (user_id, opened_at);
        ALTER TABLE risk_flags
            ADD CONSTRAINT risk_flags_level CHECK (level BETWEEN 1 AND 6),
            ADD CONSTRAINT risk_flags_source CHECK (source IN ('chat_message', 'chat_topic', 'mood_note'));

        ALTER TABLE counselors
            ADD CONSTRAINT counselors_ratings CHECK (rating_count >= 0 AND rating_sum BETWEEN rating_count AND 5 * rating_count);
        CREATE INDEX notifications_recent ON notifications (created_at);
    """


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP INDEX notifications_recent, chat_sessions_started, chat_sessions_one_open, chat_sessions_of_user, chat_sessions_of_counselor, chat_sessions_open, chat_sessions_changed,
            chat_messages_client_id, chat_offers_one_each, chat_offers_one_match, chat_offers_live, chat_offers_of_session, counselor_notes_of_session,
            crises_one_open, crises_of_user;
        ALTER TABLE counselors DROP CONSTRAINT counselors_ratings;
        ALTER TABLE risk_flags DROP CONSTRAINT risk_flags_level, DROP CONSTRAINT risk_flags_source;
        ALTER TABLE crises DROP CONSTRAINT crises_level;
        ALTER TABLE presences DROP CONSTRAINT presences_kind;
        ALTER TABLE chat_offers DROP CONSTRAINT chat_offers_kind, DROP CONSTRAINT chat_offers_status, DROP CONSTRAINT chat_offers_by;
        ALTER TABLE chat_attachments DROP CONSTRAINT chat_attachments_uploader, DROP CONSTRAINT chat_attachments_status, DROP CONSTRAINT chat_attachments_size;
        ALTER TABLE chat_messages DROP CONSTRAINT chat_messages_seq, DROP CONSTRAINT chat_messages_sender, DROP CONSTRAINT chat_messages_type;
        ALTER TABLE chat_sessions DROP CONSTRAINT chat_sessions_status, DROP CONSTRAINT chat_sessions_priority, DROP CONSTRAINT chat_sessions_held,
            DROP CONSTRAINT chat_sessions_ended, DROP CONSTRAINT chat_sessions_rating, DROP CONSTRAINT chat_sessions_feedback, DROP CONSTRAINT chat_sessions_seqs;
        ALTER TABLE "staff" DROP COLUMN "otp_step";
        ALTER TABLE "counselors" DROP COLUMN "otp_step";
        ALTER TABLE "counselors" DROP COLUMN "last_active_at";
        ALTER TABLE "counselors" DROP COLUMN "rating_sum";
        ALTER TABLE "counselors" DROP COLUMN "rating_count";
        DROP TABLE IF EXISTS "risk_flags";
        DROP TABLE IF EXISTS "crises";
        DROP TABLE IF EXISTS "counselor_notes";
        DROP TABLE IF EXISTS "chat_offers";
        DROP TABLE IF EXISTS "chat_messages";
        DROP TABLE IF EXISTS "chat_attachments";
        DROP TABLE IF EXISTS "chat_joins";
        DROP TABLE IF EXISTS "presences";
        DROP TABLE IF EXISTS "chat_sessions";
        DROP TABLE IF EXISTS "last_seen";
        DROP TABLE IF EXISTS "api_processes";
    """


MODELS_STATE = (
    "eJztXW1z2za2/isYf2l3Rutx5Nhxkzt3xk6drtskzsTO7e62HQkSIQkVRbAEaUXd7X+/By"
    "ApvoE0IYkyReNLYhM4JP0APDjv5z9HC2YRmx9fjmeUPJAFcfyj1+g/Rw5eEPhBNdxDR9h1"
    "k0FxwccjW87HyUQ5gEfc9/BY3HSCbU7gkkX42KOuT5kjKO7Ygvgz6kyRz9CIIII9h1jHaO"
    "iRPwLqyVsNEeXInxE09fBigT3EJmhosQWmznFqGh++QUN4nMNtLG7Ph2iBXY4wsrEzDfCU"
    "iGeIPw1hx0KpFzkW72qxMbwsvEm7Xitw6B8BGfhsCi9EPHi5X36Dy9SxyFfC41/d+WBCiW"
    "1lVo9a4gby+sBfufLaly8337+TM8WfPBqMmR0snGS2u/JnzFlPDwJqHQsaMTYlDvGwT6zU"
    "cjqBbUerH18K3xgu+F5A1q9qJRcsMsGBLTbF0f9MAmcs/lY0Zh45HttsPD92yHJArf+N3j"
    "A1ezD4eHs/uLu+HwyOCltJvEluGaNLYwAdFoCKTQn4/BXeN8FFXj0SD3j7j8vP356e/00i"
    "wbg/9eSgRO3oL0mIfRySSuwTsLkdTItwv51hTw13PD8HOLxoM1DH8DQA6NECfx3YxJn6M/"
    "j1/GUFwP93+VlifP5SYsyAOYSc42M00pdDAuoEWvm/BrTx/N1AG19IsE1Y2d7BfdE/qYEu"
    "zCqFV45l8U2/WQHme/LVV8OcI+sE2hXg3l//817cecH5H3Ya028/XP5Twr1YRSPvbz/+EE"
    "9PrcHb97dXOejT50IR+x/vbj+qsc/T5cC36NhH/0U25X5Ti5Bi3aOA2j51+LF47FOwbYFT"
    "9dLkVyHH38UN8ktDx6rPoZzrxPM78R00zdLHAMWUeSsdgNM0HQT5tF8D5NN+KchiKAuyy2"
    "gkh2chvnFKOHpCkMOXOo3xkSbxnYqX+Hv/xctXLy9Oz19ewBT5ousrryogv/l4n8MzJdTr"
    "8Ooc2f5Z9dOcl80wZT4AdZI+KOTBK8Zsgp0S5pymy63ACAibgj4Ww/cL/dXt7fsM9Fc3eV"
    "nky4eraxAU5TrAJOoT9Z4fe0RAMsCKLf89jPh0QUrYdYYyv+sj0uP4hz2IKWkNky2fQk65"
    "v/lwfXd/+eFTZnG+v7y/FiP9jAwZX/32PPetrG+Cfr65/wcSv6J/3368zn8+63n3/z4S74"
    "QDnw3gDx9gKw1VfDm+lFn9wLU2XP0spVn9Q1l9YUyazFMWDnFhhMfzJfasQWYk2SbSOuYp"
    "JI2riPDdT59JqK0odkNkZPzCiZczNB7mYZhcjQ4ACSrrszJUi0OL/iJ/BTt4Kv8k8WzxpN"
    "g269JPHhsTHm60vOU2Ge1VGm5dOnDDiaSm5fYSZJYHYSG9/HSDIto3iDkE+TPsoxnmyGE+"
    "GhHiIC7+mTAPYbScUZsIy6lFsNWTJk/qc+SxJYe5NluiKUNL6s/gctEuu6+HGqvrgVhdYY"
    "03OJ1SZOZo6vTR9DuotFseTG+Bs/wIt+nSiZQxE8C6EGdMtoTpU3SbLsHU6MEdWNS/dnxv"
    "pTy4k9Hqg1vMG4C85NG6B/fPM4YsasGhCCemD+fejHGCBIt9g6jF4TS1V8WTtzbV40fnL0"
    "c8GP1Oxv4gPP2AEf9mjtM2HKf6J6k5RA/rEE0zfuASzBvMAWAdM3yWqoOG+BfndVys+YVL"
    "eVjP84b4EDI9Tpam2YKfRdyqLUhvw7YyeCp91ZWbtktu6qbdc/H5rMsb8nQbgd2yLdu0ly"
    "4rC9VlD1kqwyCKnjrC1ZiW794sVff27u75hBAkiwiXu0Lj+SZcJSMjbuoZ1bCINKvJ+rM7"
    "wnmIkEKVTYZ71bqsPxvwcGZtI7RFHuiYIE6nDrEQdY7RMNo/MGUIakEACyLDdD0yAfxmoL"
    "zOicPRlD4QB7HAfyN1VzkFlDZgANKeTGEGY5bKBL2PR9bRol14pTF1sR1zrPXv8vw1OnUr"
    "dOrcqmicR0XKDgqvu9e28p9F3X1e+Jx2uOM7IVUlTK4Ia2lMWZZof3FlJ03t3l0HlTF/wx"
    "CLLOUOTHAtE167ZGoLRQaFg4U62FuVxdfHNPmAtZUf2vq7w4WuIil3vZbA369uPl5+/pc6"
    "uv5KIRVf/ev++jL3dQWceAOQWlURm+UHb5Zqf4fuUVOSTfbI7Z/USSKBWaWHrhwzgYKGv8"
    "Wrb2PuD+Cz2WT987RmBxziDiBfXQq322D9s5RPtfpGkKm1zB55YPPNxNUMpRFX27bKLTEm"
    "imirS9/H41lZNYLcjF6VSXEMc2HHxZPrWhUdFLg2wxax0ITaMIMTbMMvMkRUWO3mZCXS/c"
    "WPkcHyG45c4nHmvEFDDopZwGV9gGEUpAo7Z9gT5QOwtRoi5qHhBMOdraHCwLjvp5tg1zbZ"
    "W8otidGu8ELodPSZPGEH7Yjf1VBpvitVaL7LqzNryPR2eI7MmBDzzm7Jm3T2bkKxRz08YZ"
    "v70chf1KrqUFHUoaiOM8eHA0+bVeTpOsgpGgjhoH8qQC41icfTTZK1wh4uJB6dDRvP7+BG"
    "baTYi7HTPTfFLsOpQnVBN9gsQ2WEGlXoTQHjIsDvYL/SqfMTCR0+N/Aq2FF6eFKabipy5j"
    "DBLWTVwGUPL9fKZG53wQ/wt5OwHsHby7u3l99fH/21I1tEypYAD8VTlUcuorx1yD2Df+rl"
    "h31IbneQVit16pOm2UYmyZUYbOIEukdMNet0vXqVI0fMWqEJs22RyItjYwjCPvwSyfCvUb"
    "TUMMEjyA34jFjCdOIJwwpDDpM3cQhcHRGRPUzhT7Yi+8pCXRpyT89VGGZ+SbOXYgBYmOr9"
    "mzHftNB8Y+KSGjIqRNteG9Y0lQE1r9MaSbFxSdFNSnNsKSlm63wcJraPCorZL1YtKCq2sB"
    "HE2yeIbyBdxiJ2iYCZksAfkTFjuayemDnk5A/pS3vRQ/0eOv016J/0zxF1ZAWZCLKe9M2x"
    "wEdT7PJjdIn4ivtkEcuAUWEamA47wJP1Z+C3sU2J4yOqSDLY21MfEzHhPYw42UpxUqxMAe"
    "1ym3M425icVTUO5RehmSyYITK5gjVyiiUX0nZI5cg6aObfsec6AkxXbnd24rVu2Z7ejSpU"
    "biusiN5PEZnw/d6G4fsRiNpMI0+3x9ABn3z1mxIksnzjogbfuCjlGxcKvuFvVEpvTWZcgq"
    "+NS1D3xDggLqdToWYdcqpb9idPuMPD+EmbBBlXawctPKoNX1yM2JWqsRTZ+O4D3OePLkXh"
    "Q8+sxmdg659v3t7nlmNrI9rtZCKNPEoTWjjYe9SAxsS82gU6YueopBIuUIawrJHBic28dI"
    "FmVa0NDepfnV+doaiUMHyNhgvsj2dDNGO2rE1JIr8q9ZBr4zHhb9CQLIgHO2u8GqIpI1ze"
    "2raRkCLg/7hpHzxWlPQAiRJNPLaQQffJ85cz9qsjzGypWPzQLCfdwjJsf+gwnwyP14H58H"
    "Y2fSDDniBy0BCPx8SFzS0i9C0ytqkT/hzmRVlhvL64pQUbyDEh+207n3oVRjrdkh8dLvSx"
    "azPHYUSS21HPmYPD1yOYK5vSiYaAl56HVwWAUyQ5hLvX3Ui09/vltxxm0SE1GCn6mpWz2C"
    "yVMb7lmn/C4alneYspNjS7HQ6KTVndTIj4c7YHmUT+Z7HMax1G00CVpzOmPxM4Z+x+HbD7"
    "KZnDLhBO36uj+OaZYtti5yqq8+Y+gEdMf7rVeQG5B+JxmUEjTHA4KlMRm8jWwB2ja5gIG0"
    "g0d4sMZyJXQsTA5ctfhLf4hos6GCqbYfMPlaZGWbdKxuk5wWIEw3JeHF34Bg3FS+QrAgOK"
    "jsgJgdciybOJhI+zsIsdweNZnEaC5nCA818d2XaHhh3ufGZbx2gIX0ggZW0ZKLgUtkTxhC"
    "WmogHeFItaIB7xA89JZnHix83wfDmTIzyFjd2TcYWJXXPKHGIMjS07EHsVhsYDMYeJLbe3"
    "qgo7DpBwPco86mv1rE/T7BHmBbFosDhIu6PPXDrWM/isSUygVW9Dk48Np1KgjHEr39tpmg"
    "76K07P6pQJOSsvE3KW39qxwFAEuTRsO01iamfnA7dlnV5R1EwT1QKdgbYQE7/WaDbAV01s"
    "QM6DHCkIGsimKPYH54sDgXOtEOkarjOExmtxiObslKKru/o5UlOZts3rDFqrt5lvMktpVr"
    "nNqyyykTZZ4zSdWeE2r7BoCRTagbLre7fAtl0q/iRUG0k/LVvPSP457b86X4s+4pcqqefu"
    "w+X794qqiYRYwl2gZzhJU5loGRMtY+RObT4WuNaGq5+lNKt/iKvfgiCaw2HAWhW9yIR4Ii"
    "h2U4TL72CwVhhRNavcc1PhvmakkoCqCK12EM2X6DaHCemj8TOpDdXe4KR2fv3bxSYleYaP"
    "sF+DdR2sy0+dDOrwOujjl/fvq0LCVKm1iviOuFzxu5/qFSrWSqw9FHaS2bzrEsLbARUXLO"
    "4iROkKeNuhVL/u9UEClWQ6bwfTOrO6iyCJfKttMYq55ccod6uLOMGN+dZAwT3o4drl1GXm"
    "G4t8XgscqrjntDRSEfUcT6sd8mzTMQESK4mmFXG4zCZhR7711TCvnwcu8R4oh9+P0ZD57o"
    "D7xJVTZSxw1OZPxAEhHIiCAT4dYx9Ix/CySLTN7YlJpyeII05BAEMvvnt1ogqLbseLydDp"
    "0I4f3YwgPvMCZ44WBMt47WhYylD+EIW/RY/lwUIUaoinwK9D+CtkmBSsC30g+XjoVfiKPm"
    "Nz5GLP/9WJi6ZixNl4TmCM2DbczMQ7t0yt7qHyeGeywNQu4l0erbgm2E2o4pPWmMm1cz+r"
    "U6sTZpW3cz8rVOt0MedL5mkVr0jTdDAgtH9WJyIUZlXgXIgJlYyVjD2i8B9Uue6ydMZ5t6"
    "HzLj7XVOBPS93QaaoOOaK/6/dPT1/1T07PL85evnp1dnGydksXh6qc1Fc3PwgXdeYrKPqs"
    "heihw17i+XvMo8iYv5rnMC/OazCYF3mHV6rd33mevUyoB5KR/E0D6SxVB1l5I50VpRCqC3"
    "WGyCBdE+lQkxmEeZdacBcoO4h5A7XbXTKm2KZ/SvOEVlEoBenzLA4Vp0tpoZchep64jShT"
    "I6b+wqPpexQSnkBxFkBlxOH441VLw/H01Mf+VgjIuZrFD6BsK7jpj3e3H9VYJxT58CU69t"
    "F/Uc0d2jJpuAJ3AUU17nmIe1kdRNwgjzvlA+aIqp8KJYSBzIudEgtSmi6vAQJhUxt+fWXP"
    "KuDt7fsM9lc3+U395cPVNQgTciFgEvVLNI8DSZZnk0m8vIeoe4yxi8fKfPnqIO803f6S3E"
    "6bQnl3Qd5lMfPvbIZ1A+YngqZTvPn72y9X76/Rp8/Xb2/ubiI+vY4WlYNZvvD5+vK9EuHQ"
    "8VDE+ZG0hITMZLqqt65w1+jDGhEZUPOgZr1eRWCr48+L1CZjqs2x5j7zsZ0pwFXzMyoSmk"
    "8p/ymBLB1+CvoyeEK3Rxk89jYerAhusqaeMy8zWVPPbfULKRJ1Ip9N+CWqEVYIf+AOMKpf"
    "BLedMl41SJjPgWlMVHkMBigTzNuiWFUJWlW8aoxqjZjVwXo1Hw9c/VlEV6Zbay09EN44st"
    "jSQXgUBUzGHa4mMs4zDo1FzLFXbzTr9O7jgSaa8zCiOeOmufXj32IKU/Kzt2Hom9HAnpsM"
    "3rLKBQf0DZr2H61KqjftP0z7jzbh2+r2H2HGoEqjWOcSVqgS65zFxzWIdzaeysYWot1u1H"
    "FD5mxhjyDs8GXUwDeUxY/RrUscFDg+tTNqgI/noAVQHwWuzE8LHItnWmiAzO/5vKhQPMHz"
    "jX7RnvOiSr+wyQNRZItVx6GsifbnLms+x2MncSjym9CFM6HqTOXqXYDJgAttpIVlCI0Sdo"
    "hKGBzwMGQTa7rRDlCQmxCOg1lvvSbRClJTyK5VmncnMTXFAU1xwKfWrrWKAz6VaaidX/82"
    "liG9InUToXxv5zf+TPlc6PAd2sqNuoxBOMSwnY8Upp14qFdl25Ha8pysalc2WrtXBaXwsf"
    "bQ0oP7EwuNVgijBeY+8VBYluIYfS+2kuhuKowmHlvCuLCsgI4Y1uVZeswnKHBEjyjxTqqa"
    "Rft45BZGHLZ0tM/HNM2TGXTkk8Q/Lw/MkhOtvp6zOEVk/MW9Df3F4adWBL48aS6haCpp7u"
    "mKLjWQLmf88c/MNKARE9uoHCHs3MwVNYE/iBppKnkiN6VarkgmD0TRNZ0AtCULbAvN8ANB"
    "I0IcJOhFIcE5cePG5Q5Dd8SxfvCoJQSCqKt5SXzZdvd7XDL4BSRo+DPhy/vNeHraIB/M4c"
    "/UOaPi+R0sA9OvVRawoipgoQyMR8bUpUSVG1tRtitN1EGYT2tVODqtqHB0WqxwxIPR72Ss"
    "wLm88EmKpBMo77v8iToGtRzvkghUA3YdsGf+QuGPLwc7nm/A3gDsWETRVCtSZEanMDqFlk"
    "5xY5GFy3zijFclJsrcjEqNgiZzNQyW9zOCZCXLKPhL1A3HyCOw/URBcKEeiHeyUGRYTGeT"
    "UJ8jFzYKiC7YTpkfi2pGY09RKB+/HK1nRwZEmBxqHibkrGWKSH6l6sKepzM+1NxpNieKwI"
    "kq629EYCy/eemhruU3YmZ6qKeIDPKbIl9WqK460rK0WN0hFyffRaxleELr7eOExhTZfxaZ"
    "hnWFEqOEtF0J+ZGNPsu3Kigf0Uil0vE7G9WOjIC5aOKxRSTRswXlJEotob7wKFjMIa9B9i"
    "eizxLsIXHzoSrgYYs7mWSUNgms5ZqBbouADncH2H2levgjAy101wQdhHf3QQouXtkMK7hF"
    "eZHwFMlWVcLbBnUFtI2UCVfqvRWOTaXWW29Xt0xk3UNHESvYpIRqQvVUBnKTeFMr8aYVHp"
    "CWfVVdWl+bYE4GUkzWXeMcqVnnNq8z9n2ycFXlDkuNYWkSU/c4bxETJ+sGoObJ9gfsxYEA"
    "SzxPVT6loj9tTNA9ie3lSR2JDWaVSmxyLNfZUEZybnCoZwgNu28zu498SEoPalXAYZqqe5"
    "/T7o0mh2WgN2FCnbHQv8fcvyPEOVLY6NdjvSorvexiwuNpNZIMiIM4W5ARs1bfcCTI4ffx"
    "nPgIdg0nliqRoBbNFub3NsaKPI90wg2Krhh7j2FpFSxN5EeVeB3joUqGppExdSnTmUTA4Y"
    "ggYatC2LHQUoQcjsgYni2K4VH/jfQlLplncVkKb4EtEvoYMRIqnA17FKiAyYUeRnEnlWuy"
    "2YfVybXK87uU9GHSr1rBT5MV0k3EKlIah1wdh1wLRYf2HmQ6YaYmkbC5RELBP4rglvuQ4/"
    "n7dyCnePMooLZPHX4sHvsUfLkRt/KB9EKWYRpWU6DnPcy1HMwV/uUil2YP1CopFVN1JmbI"
    "umfKasSXb6xZz031M67+57O+PpsT3RqfaRpT4bOyJKWEqoitdvXEW4fcw7dyH9/uIKF9tH"
    "xiemNpF09s1ArFmHXt+J4y9TYZ7FVaomDaANiiR+t2gPgHW64N5WhCbL+HXgiL0dkxGgru"
    "ORQWH1GaD040bIt0VyLMQFFvhQnz3qDhBNaFeEI99YcI4OQIO4guXOb5CMYsQYCnsCZFE9"
    "X+H29C7tvD1HoVZimxlYtwV2fRxTSm+0NWvHai/pP1U+hiCpNAt2ECneBUaoG21FyiAjwj"
    "yR7gJq5AXoim+Xo+8JeClLJwdVWBDKFx9LVaGxAneVxVuj5DSlMZprQhU1oSLGUeLeRTRA"
    "b4DYGfgAzOPFWx9QrgU0QG+E2BT3QDTfCzhKYexqYrYEy7z/mwN81oTDOap7b4PdqM5uns"
    "fTfSSnVUYvCLRnuPWvxCY1dNi9+tQ1DgivxuYiGLwgkow8JmbAkUnjCWzTAPS2+LvqoOos"
    "4xGspcFz6UU4fyoQvsDmW8WFQeT3iqiwa+xp9m7HntYVW9CnueCVoouNIvajjSL0rd6BeK"
    "iAWxHtq1x9J0nUm33E3T3CUfiOI9RUQrWuamaDqD5s5yLCfU1ir1Es/vYIheI4E08Vmpp+"
    "ymqYypYUNFNxTCiEKmKGUWaRLDK/K8gs+pum9YeRXNhMLAWWC9MolaA82EwICprBWgac9N"
    "aAyP3ZDHmhINqRD/WiUa+hUlGvrFEg3GWvucrbUT6lA+26xER5bUBOS2eZ2NVd5Y5Y1VXm"
    "mV/8h8OqFRrInCLp8Z71VZ5p3UzLrtb5htIQa7QjTRRmMMGL1GQ/m/DIQN1xjhpAONyMv2"
    "yDox2z9G99S3iTScy5haYTJngcd7yCEPcFOc9OeWGd+K7jhP9BK1mufI1zDtc1pp4TeJ5C"
    "aR/KkhN4nkO2+VWmPXnpYn1p4WEmt9cTbooLsm6CC8jSjx4swtAlzeqTOe3wl8q/S0Jjp1"
    "mroImyxFI3URQuFQg7OsCbpnHWzEu0j5wCOqVhJXjNkEOyVidUKVN3wDWVO7fX1lz5bv29"
    "v3mY19dZNnIl8+XF0D9BJ4mERDvbfoYzC22OdmoysYlZ7GBpJJBFfYQPKJ4uU2EOaAQg9T"
    "BzLrunaNPJs687AP7xJzWcSOWMdItO2V9xH16og9ka21iEcfiBWWqxN5wh5bfsMRtWJTA/"
    "dh6ykqhDb1kE1q4rmBB7uHmIJ4xo7RSpHa2DHapMVo2DFixqKzhRMSs3dr7F0jpD03IS0T"
    "j/LVpXC7DVY/S2lS1lu9zAHf6AtPkZl4iLatr4aule69RG1VgsVVRPfup8/ELqtTUCwpfp"
    "ArXvDs/9WkLvoJlpmIOAmFHroe61XpoG40q6b2eRdXoxJ5aThuGgFaonB4M7iNwmVek6aW"
    "hzsiMD5uoxsewjFvdMM2nbw6umHIZ7RhTVMZUKsjAWNeXgBYOxjw0qWfkpsdJraPhgRmN1"
    "ebogI/Uz5/Z+OpSgpZj1VKIR7MGkxgmkaWvk+++qGFms/YklgIJnDKkbjX6yToTuwdax1b"
    "J9u7iKsYPkY0tOGiPUQvfg36Jy9Oz9GE2TZbhjU13/797u7zHYLnErGh1Mn7T/ESJqe/Pe"
    "ytShriLPDGWubFhMJIPzWknxAuzTM6Q2RqZ2cRlayoiGZ1hYQ1kSksa6zfz9tsll19IQlo"
    "cqcMkVEgch+UycwymVlPrYY9mplV5AE7APXt+kYdhTXD+Nqk3N6NZ8QKbPIBe/MjhYKbGe"
    "9VKbk8mjlYwNS6OW+iuYNoz+zT8Vw0JMUovo2FfmejJETL9diCcmK9Fn1JxWSaXJMJaz3Q"
    "O1mYYMbnqsy2Rh+1hdIq/y98QuVaVDx/NzrU4yrr3jSo8zptC8/L2xaeR20Ly1VW2XxcLK"
    "muwJohNP761gmmLYmdvYNDD2CGc0/JSpPRakYazhvMyap20CzMjex0QMwRHgtbahjLyt9I"
    "U5tDloRH4z0ECm84X2TnOsxHYUiKhYCr0clKFTLbxCN2bOsrZ5pbNGRsM8vcldGpnGUuPa"
    "yuw1XZNSAhMrXT0wxSp9zRAs4clcZSvskTCmNfNdGbRkw4lOjNw7G1H8Qqt0UY9PFkopQD"
    "5UC1CLie8qjs9/OMIS9wQn8qJ94DHZM3aOgxO6zYMsTWgjpDxDz40cH2ivvDYzRkvjuA00"
    "LUVZetFEHXFX0VObGZwhfc1EOMr7c9ptMqKZCI2FcdUWRN0DmRu39Wx0wBs8qLNpy9LAS6"
    "Yc5FMSQdiNM0HZT3+mdntXA+q8D5LI+zZEgExDfNhlBZOlPBdUOVJj4PVOBPSx3waaqNfP"
    "AtAz5ywX/X75+evuqfnJ5fnL189ers4mTtkC8OVbnnr25+EM75zFeg6megV3gnnt9B1rJ7"
    "VZKCNgAn/YOq0e4j1TESuj3Wx4iPT1Mew+juB6LVZQIlXGvD1c9SmtU/lNVvi04Pii1ZlP"
    "l31oO9St1eTtP27rBJqHxL6rg+ybdyl/XQOPA483rIIxMAeiZCrfvnf+uhyBCPRitQvUPz"
    "MArl2DIPTxOP2ULLb0MRgxYpn8bf013lyPh7jL/HSA1dlBpkyKhCYIhDSctlBRGNWVtKCM"
    "uqiwaqwvg6kFtJWufFgQ5nOxzQM8xnMvbNQQCdJwM4RIiGsMr7/A0ausSxROxJRAxTmRNG"
    "b8ioDQr3WKmFhz0/3XgODtpzUNkqq8R3YOystTtlJZ/gBtAnhGYBNlyADCPTW4ICqVmErb"
    "6C+OTQtMwWiU35Yg377JM4NFu25ffgz5xQj/sDdQZBFZPJ0hkOsyGHkWkB+uhnyAz4G4Iv"
    "1O0BmwxG1IMPTGsBCqRmETZcBADI0jNaJRTd4/G7t1nhB1CsFPiWtxhJKLZqMtIynCtwba"
    "SbCOUD1yMLGiw05cYsoZEZNWRGEQzhMGe1YIGqyuZjcRRpUoO7Hu4j7DjaKlKGziCugbjw"
    "EvzJHM1GaAnN/tw9R1/u3zZlcGwm+zctnTvTAE+1UE7T7BHlsJVK8yCf1tFBT8tV0NOCBu"
    "rPiF76+ppgj/CG0Qz7gfiiBsIXpQBfFDR85vgDTv/UwjhDtEecF8SKBJ+DwxmEtgnx1qWi"
    "60rbObIn7esXeRXxOPSnHUeTBql37E63P+PLf2a+fBP/+ZxXXyOSI8UkZtjfsl8DnLH+He"
    "E8mnRgEVV/xds/37QhX8RLdehpwdS1+l3ZyDzGrG37fsAtrh3fW3UZowFduMzb9pMTUN3I"
    "G3UVq2w58M2RShcf7yJOBHtqq5QGRiLG7nI8o+QB1M6DrNhbClXTIYtp2EqiF3PIVgcyDn"
    "Ayu15QYzlGym46cYXP1HNMJ512RgXKL3uT2itpQiO+H4r4nnFpJl+nZrHjIqWpeWxKSO8a"
    "zoKqaUpIN1hCGmcliC2R7aaklwe4yAfbVFH6knh0PFNJjNFIpaCIkzk7lQ63EQNLK5Moua"
    "aiJkm0iNuJf01GMYUVSfovXr56eXF6/nJdiGR9par+SOzfLhf3HogXW9DqurBSJB1Mbmwk"
    "GFh8VBoIR9M7iO6Lk5M6cXgnJ+WBeGIs53Fijq88pMqdgymS/TsGDzwY70lTN//6f4ayee"
    "o="
)
