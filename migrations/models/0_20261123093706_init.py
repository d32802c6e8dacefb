from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "achievements" (
    "id" UUID NOT NULL PRIMARY KEY,
    "slug" VARCHAR(64) NOT NULL UNIQUE,
    "name" VARCHAR(120) NOT NULL,
    "description" TEXT NOT NULL,
    "translations" JSONB NOT NULL,
    "icon" VARCHAR(64) NOT NULL,
    "category" VARCHAR(32) NOT NULL,
    "points" INT NOT NULL,
    "requirement" JSONB NOT NULL,
    "is_active" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "achievements" IS 'Something to be earned. `requirement` is the grammar of `domain.requirements`; `translations` maps a language to name and description.';
CREATE TABLE IF NOT EXISTS "audit_entries" (
    "id" UUID NOT NULL PRIMARY KEY,
    "at" TIMESTAMPTZ NOT NULL,
    "actor_kind" VARCHAR(16) NOT NULL,
    "actor_id" UUID,
    "action" VARCHAR(64) NOT NULL,
    "subject_kind" VARCHAR(32),
    "subject_id" UUID,
    "request_id" VARCHAR(64),
    "data" JSONB NOT NULL
);
CREATE INDEX IF NOT EXISTS "idx_audit_entri_subject_9a1c2c" ON "audit_entries" ("subject_id", "at");
COMMENT ON TABLE "audit_entries" IS 'Who did what to whose data; ids only.';
CREATE TABLE IF NOT EXISTS "auth_sessions" (
    "id" UUID NOT NULL PRIMARY KEY,
    "principal_kind" VARCHAR(16) NOT NULL,
    "principal_id" UUID NOT NULL,
    "generation" INT NOT NULL,
    "rotated_at" TIMESTAMPTZ,
    "device" BYTEA NOT NULL,
    "user_agent" VARCHAR(200) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "last_used_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "revoked_at" TIMESTAMPTZ
);
CREATE INDEX IF NOT EXISTS "idx_auth_sessio_princip_7f2893" ON "auth_sessions" ("principal_id", "principal_kind");
COMMENT ON TABLE "auth_sessions" IS 'A device signed in. `generation` counts the refresh tokens given out; only the newest one is good.';
CREATE TABLE IF NOT EXISTS "counselors" (
    "id" UUID NOT NULL PRIMARY KEY,
    "email" VARCHAR(254) NOT NULL UNIQUE,
    "password" VARCHAR(255) NOT NULL,
    "otp_secret" BYTEA,
    "role" VARCHAR(16) NOT NULL,
    "first_name" VARCHAR(120) NOT NULL,
    "last_name" VARCHAR(120) NOT NULL,
    "license_number" VARCHAR(64) NOT NULL,
    "specializations" TEXT[] NOT NULL,
    "languages" TEXT[] NOT NULL,
    "bio" TEXT NOT NULL,
    "avatar" JSONB,
    "is_online" BOOL NOT NULL,
    "status" VARCHAR(16) NOT NULL,
    "capacity" SMALLINT NOT NULL,
    "rating" DOUBLE PRECISION,
    "total_sessions" INT NOT NULL,
    "is_active" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "counselors" IS 'A licensed counselor; `role` is `counselor` or `supervisor`.';
CREATE TABLE IF NOT EXISTS "data_keys" (
    "owner_id" UUID NOT NULL PRIMARY KEY,
    "wrapped" BYTEA NOT NULL,
    "master" VARCHAR(16) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX IF NOT EXISTS "idx_data_keys_master_87b32e" ON "data_keys" ("master");
COMMENT ON TABLE "data_keys" IS 'A person''s data key, wrapped by a master secret. Deleting the row makes all they wrote unreadable.';
CREATE TABLE IF NOT EXISTS "development_mails" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(24) NOT NULL,
    "recipient" VARCHAR(320) NOT NULL,
    "subject" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "html" TEXT NOT NULL,
    "sent_at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX IF NOT EXISTS "idx_development_sent_at_d884f8" ON "development_mails" ("sent_at");
COMMENT ON TABLE "development_mails" IS 'What would have been mailed, kept while no SendGrid key is set.';
CREATE TABLE IF NOT EXISTS "idempotency_keys" (
    "id" UUID NOT NULL PRIMARY KEY,
    "principal_id" UUID NOT NULL,
    "key" BYTEA NOT NULL,
    "request" BYTEA NOT NULL,
    "status" SMALLINT,
    "answer" BYTEA,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "uid_idempotency_princip_bec88d" UNIQUE ("principal_id", "key")
);
CREATE INDEX IF NOT EXISTS "idx_idempotency_created_944834" ON "idempotency_keys" ("created_at");
COMMENT ON TABLE "idempotency_keys" IS 'The first answer to a request that named a key, sealed with its principal''s data key.';
CREATE TABLE IF NOT EXISTS "jobs" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(64) NOT NULL,
    "queue" VARCHAR(16) NOT NULL,
    "payload" JSONB NOT NULL,
    "key" VARCHAR(120),
    "due_at" TIMESTAMPTZ NOT NULL,
    "sent_at" TIMESTAMPTZ,
    "lease_until" TIMESTAMPTZ,
    "attempts" INT NOT NULL,
    "max_attempts" INT NOT NULL,
    "error" VARCHAR(400),
    "failed_at" TIMESTAMPTZ,
    "request_id" VARCHAR(64),
    "created_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "jobs" IS 'A job from its promise until it is done: see `core.jobs`.';
CREATE TABLE IF NOT EXISTS "notifications" (
    "id" UUID NOT NULL PRIMARY KEY,
    "principal_kind" VARCHAR(16) NOT NULL,
    "principal_id" UUID NOT NULL,
    "kind" VARCHAR(32) NOT NULL,
    "title" VARCHAR(200) NOT NULL,
    "body" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "cause" VARCHAR(120),
    "is_read" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "uid_notificatio_princip_5209ba" UNIQUE ("principal_id", "cause")
);
COMMENT ON TABLE "notifications" IS 'Told once per cause: `cause` is unique a principal where it is set. Title and body are ours, never a person''s words.';
CREATE TABLE IF NOT EXISTS "one_time_tokens" (
    "id" UUID NOT NULL PRIMARY KEY,
    "principal_kind" VARCHAR(16) NOT NULL,
    "principal_id" UUID NOT NULL,
    "purpose" VARCHAR(16) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "used_at" TIMESTAMPTZ
);
CREATE INDEX IF NOT EXISTS "idx_one_time_to_princip_78d1ee" ON "one_time_tokens" ("principal_id", "purpose");
COMMENT ON TABLE "one_time_tokens" IS 'A link that was mailed. The token itself is derived from the row''s id, never stored.';
CREATE TABLE IF NOT EXISTS "mails" (
    "id" UUID NOT NULL PRIMARY KEY,
    "principal_kind" VARCHAR(16) NOT NULL,
    "principal_id" UUID NOT NULL,
    "kind" VARCHAR(24) NOT NULL,
    "data" JSONB NOT NULL,
    "status" VARCHAR(12) NOT NULL,
    "provider_id" VARCHAR(120),
    "created_at" TIMESTAMPTZ NOT NULL,
    "sent_at" TIMESTAMPTZ,
    "token_id" UUID REFERENCES "one_time_tokens" ("id") ON DELETE SET NULL
);
CREATE INDEX IF NOT EXISTS "idx_mails_princip_dfe289" ON "mails" ("principal_id", "created_at");
COMMENT ON TABLE "mails" IS 'A mail to be sent and what became of it; its words are made from a template when it is sent.';
CREATE TABLE IF NOT EXISTS "schedule_marks" (
    "name" VARCHAR(64) NOT NULL PRIMARY KEY,
    "last_tick" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "schedule_marks" IS 'The last tick of a scheduled job that was promised: a tick is promised once, whoever asks.';
CREATE TABLE IF NOT EXISTS "signing_keys" (
    "id" VARCHAR(16) NOT NULL PRIMARY KEY,
    "wrapped" BYTEA NOT NULL,
    "master" VARCHAR(16) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ
);
COMMENT ON TABLE "signing_keys" IS 'A key that signs access tokens; the newest signs, all that are not expired verify.';
CREATE TABLE IF NOT EXISTS "staff" (
    "id" UUID NOT NULL PRIMARY KEY,
    "email" VARCHAR(254) NOT NULL UNIQUE,
    "password" VARCHAR(255) NOT NULL,
    "otp_secret" BYTEA,
    "role" VARCHAR(16) NOT NULL,
    "is_active" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "staff" IS 'Who runs the service; `role` is `admin` or `analyst`.';
CREATE TABLE IF NOT EXISTS "system_keys" (
    "purpose" VARCHAR(16) NOT NULL PRIMARY KEY,
    "wrapped" BYTEA NOT NULL,
    "master" VARCHAR(16) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "system_keys" IS 'A key of the system itself (index, cursor, refresh…), wrapped by a master secret.';
CREATE TABLE IF NOT EXISTS "users" (
    "id" UUID NOT NULL PRIMARY KEY,
    "email" BYTEA,
    "email_index" BYTEA,
    "pending_index" BYTEA,
    "email_verified" BOOL NOT NULL,
    "password" VARCHAR(255),
    "first_name" BYTEA,
    "last_name" BYTEA,
    "date_of_birth" BYTEA,
    "gender" VARCHAR(16),
    "avatar" JSONB,
    "is_premium" BOOL NOT NULL,
    "is_anonymous" BOOL NOT NULL,
    "is_banned" BOOL NOT NULL,
    "timezone" VARCHAR(64) NOT NULL,
    "language" VARCHAR(35) NOT NULL,
    "theme" VARCHAR(8) NOT NULL,
    "font_size" VARCHAR(8) NOT NULL,
    "preferences" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "users" IS 'A person. `email_index` is the keyed hash of an address that counts; `pending_index` of one not verified yet.';
CREATE TABLE IF NOT EXISTS "mood_entries" (
    "id" UUID NOT NULL PRIMARY KEY,
    "mood" SMALLINT NOT NULL,
    "note" BYTEA,
    "date" DATE NOT NULL,
    "timestamp" TIMESTAMPTZ NOT NULL,
    "location" BYTEA,
    "weather" BYTEA,
    "factors" BYTEA,
    "fingerprint" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
COMMENT ON TABLE "mood_entries" IS 'How somebody felt, 1 to 5. `date` is the local date it counts for; `fingerprint` lets an import find it again.';
CREATE TABLE IF NOT EXISTS "mood_imports" (
    "id" UUID NOT NULL PRIMARY KEY,
    "status" VARCHAR(8) NOT NULL,
    "progress" SMALLINT NOT NULL,
    "rows_done" INT NOT NULL,
    "file" VARCHAR(120) NOT NULL,
    "mood_map" BYTEA,
    "imported" INT NOT NULL,
    "skipped" INT NOT NULL,
    "failed" INT NOT NULL,
    "errors" BYTEA,
    "error" VARCHAR(200),
    "created_at" TIMESTAMPTZ NOT NULL,
    "finished_at" TIMESTAMPTZ,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
COMMENT ON TABLE "mood_imports" IS 'One uploaded diary and how far it has been taken in. `errors` and `mood_map` are sealed JSON.';
CREATE TABLE IF NOT EXISTS "user_achievements" (
    "id" UUID NOT NULL PRIMARY KEY,
    "earned_at" TIMESTAMPTZ NOT NULL,
    "achievement_id" UUID NOT NULL REFERENCES "achievements" ("id") ON DELETE CASCADE,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_user_achiev_user_id_da78ea" UNIQUE ("user_id", "achievement_id")
);
CREATE TABLE IF NOT EXISTS "aerich" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "version" VARCHAR(255) NOT NULL,
    "app" VARCHAR(100) NOT NULL,
    "content" JSONB NOT NULL
);"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP TABLE achievements, audit_entries, auth_sessions, counselors, data_keys, development_mails, idempotency_keys, jobs, notifications, one_time_tokens, mails, schedule_marks, signing_keys, staff, system_keys, users, mood_entries, mood_imports, user_achievements CASCADE;
        """


MODELS_STATE = (
    "eJztXVtz2ziW/isov0xPlcbVkS9Jdba2yk6caU+ceCp2tmemt4uCSEjCmALUBGhFPZv/vg"
    "BIijeQIWhRphi8dMcEDkl9AA/O/fznaEk95LPjC3eB0SNaIsKPfgL/OSJwicQ/dMMjcARX"
    "q3RQXuBw6qv5MJ2oBuCU8QC68qYz6DMkLnmIuQFecUyJpLijS8QXmMwBp2CKAIIBQd4xmA"
    "To9xAH6lYTgBngCwTmAVwuYQDoDEw8uoSYHGemsclrMBGPI8yH8vZsApZwxQAEPiTzEM6R"
    "fIb8aQASD2Re5Fi+q0dd8bLiTfr1WiHBv4fI4XQuXggF4uV+/U1cxsRDXxBL/lw9ODOMfC"
    "+3etiTN1DXHb5ZqWufP1+/fadmyp88dVzqh0uSzl5t+IKS7fQwxN6xpJFjc0RQADnyMstJ"
    "Qt+PVz+5FL2xuMCDEG1f1UsveGgGQ19uiqP/moXElb8VuDRAx65P3YdjgtYO9v47fsPMbM"
    "f5eHvv3F3dO85RaSvJNyksY3zJFaCLBcByUwp8vkb3TXFRV4/kA978fPHph5PzPyskKOPz"
    "QA0q1I6+KkLIYUSqsE/BZn44L8P9ZgEDPdzJ/ALg4kW7gTqBpwNAj5bwi+MjMucL8ef5aQ"
    "3A/3PxSWF8fqowpoI5RJzjYzwyVkMS6hRa9X8DaJP5u4E2uZBim7KyvYP7YvxjA3TFrEp4"
    "1Vge3+yblWC+R1+4HuYC2SDQrgH3/uof9/LOS8Z+97OY/vDh4h8K7uUmHrm5/fjXZHpmDd"
    "7c3F4WoM+eC2Xs/3Z3+1GPfZGuAL6HXQ7+D/iY8a4WIcO6pyH2OSbsWD72Odi2xKl+aYqr"
    "UODv8gbFpcGu7nOo5jrJ/EF8B12zdFdAMafBxgTgLM0AQT4ZNwD5ZFwJshzKg7yiOJbD8x"
    "BfkwqOnhIU8MWkMz7SJb5z+RJ/Gb84fXn66uT89JWYol50e+VlDeTXH+8LeGaEehNeXSDb"
    "P6t+nvOyG6bMHKFO4keNPHhJqY8gqWDOWbrCCkwFYVfQJ2L4fqG/vL29yUF/eV2URT5/uL"
    "wSgqJaBzEJc6Tf826AJCQO1Gz5t2KE4yWqYNc5yuKuj0mPk3/sQUzJaph0/Rxyyv31h6u7"
    "+4sPf88tztuL+ys5Ms7JkMnVH84L38r2JuCX6/ufgfwT/Ov241Xx89nOu//XkXwnGHLqiB"
    "/uQC8LVXI5uZRb/XDltVz9PKVd/UNZfWlMmj1kLBzywhS6D2sYeE5uJN0myjoWaCSNy5jw"
    "3ftPKNJWNLshNjJ+ZigoGBoP8zBMr8YHgAKVjmkVquWh5XhZvAIJnKufJJ8tn5TYZkMP8y"
    "vChVyss9ymo6Naw62c5wjYA4waWm5/WVDgYQ+sF5BLC+Z6QRkC0j72GmCPAUr8Tdmw2pjq"
    "23bPX49YOP03crkTmS4Fq/nN2kL7YAs1Py7sMXFYx0RWSBBcggbOgwDYRJvPUw1Qn39x3s"
    "RSW1y4jKH2vKjPR5CZcbIszRP4Wcyt+oL0U9hWDk+tybt20w7J2t21lS85n015Q5GuFdg9"
    "27JdG/vyslBT9pCnsgyibPBDTI9p9e7NUw1v7+6eT0hB0sSimsy3Xq+dGFgNdP5uNVm+uE"
    "OMRQhpVNl0eFSvy/KFw6KZDXXZC+ChR+wiwPCcIA9gcgwm8f4RUyZCLQjFgqhonwDNBH4L"
    "obw+IMLAHD8iAmjIXyvdVU0RSptgAOJvJEOE5pR6ZUV4P49sokWvxCu5eAX9hGNt/1bnr9"
    "Wpe6FTF1bF4DwqUw5QeN29tlX8LJru89LntMMdPwipKmVyZVgrXdN5ov25p3/savfu2jdN"
    "eUtPTZ5yBya4ngmvQzK1RSKDxs+CCQw2VWF6CU3R773hka1/OFzoMpZyt2sp+Pvl9ceLT/"
    "/UB+ldaqTiy3/eX10Uvq6QocARUqsu8KP64M1T7e/QPepKsskfueMfm8SiilmVh64as/EG"
    "lr8lq+9Dxh3x2bRZ/yKt3QGHuAPQlxUWt2ux/nnK51p9K8g0WuYAPdKHduJqjtKKq31b5Z"
    "4YE9/QkDDk0+BIY0pMB0d1hkQ3mdbYiugLSVuQeGBL+hpMAuojlSs42V6dABqACQtXKHjE"
    "TPytsw8+7WY2b7BP1o9qux5aQuybaBVbgsFlDo7PmniWxKxqheKs5FtaQcbWNDCzmGZoBm"
    "grHZ+dNcL5rAbnsyLOlK8choQSpjnR68wTebqWJorDOcO7slDIc8Fkiyfz92iVcLOn7iF6"
    "BGY4ECqmaTZynmqA7KSTnGSlzZtCnSOySDdEOhIzHRIupygwgrtEOUDMO4iKWyEXQx//UZ"
    "X2LVPuL4IAbkqIa0gLkA8vj1Am0v/6W4k9RKVTjNDLEX2fuE0x1SOm/8Lj6QNwXey7sAN8"
    "FAqfhptWB7WlFE8KazscUbirBGFKfExaJAindHtMEN5eOdgMYcYhDzV8uCa8e0uxR8ZCZ7"
    "NkeQ9R93DhCrqYawpm3C2h71fGzWTp9hc1c9IVylHUzMn45fk2YEb+URcrc/fh4uZGEzAj"
    "RCiiqdj1zqewAsuUpIDkTNIMije/vf18eXMF/v7p6s313XXMp7e+BTWY5wufri5uirWNKI"
    "d+LhC3YaxXmdDGexW3ry2EYQth2LAEWwjDrv6w/dhic8H3SFvbIRka1fmwld/xAW0au7BX"
    "KGCU/ImpmgxAUI7AOhD3Rx6YbgAES8g4CkDksjkGb5GPuKqTK/NU6FqMPyAGhEgqr2wELe"
    "UIhETwQE++k87RvY9HPsEdTtfiezRMAsjSPJtrXD1J/uf0wHzi8eprRJsaR2KGyAY6j1q6"
    "EaNPzUSZTym6UuafLyChAzXeSpFWjngWOQI9Ip+uZGWtDzJ+SCdPFKbUyxXpZEcGJDUuGg"
    "U5WNPQ98ACPiIwRYgASY+8kTj5V2JwIf4AhII7RLy/BtiTAoEMeGPi7C8JDzu4X6NCU/Jn"
    "2vpSfZEPTDNgB5z3Om4UMlcTMVdyTwfIxStsmOqUIxogzCeNIi9OaiIvTsqRF3HxlTLO1Q"
    "7ZDMkgUN63W5YLZE3wTuZbsFuAveBLTWRzNdjJfAt2C7ATEcVQrciQWZ3C6hRGOsW1h5Yr"
    "yhFxNxUmysKMWo0Cp3MNDJb3CwRUhC2AhK1RIGvKQhCX4AJcqgfynTwQGxYZgkI3AGvMFw"
    "BzBrbVOjLmx7Ka0dlTNMpHuSCPmBxpHjZ5p2eKiK0R01GNmAekiXSps/7GBNbyW5QeGieQ"
    "RMzMDPUMkUW+LfJVAXT1gV2VQXTNgmN6Foq0w8Cu6IQ228cpjU1Aa7mLD8uz0VQosUpI35"
    "WQv9HpJ/VWJeUjHqlVOv5Np40jI8RcMAvoMpbo6RIzGWbAsS+uSI+CRwn6Scj+SCbniz0k"
    "b67N7H/CnWxaf58E1mrNwPas7TCDTvzI0AjdLcEA4e2g8inc+BRquEV18lKGxPY3fEL6kl"
    "bvrXFsarXeZru6ZyLrPvpci4PTXDxNqWxNsd4Job3zgPTsqxrS+voIMuQoMdl0jQukdp37"
    "vM6Qc7RcGTWuzpLYXLGiRUyerC1ALZLtD9hXBwIsCgJqFCy9JRiexHbaqBr0aU016NNyNe"
    "iZiuRscajnCC277zO7t0229mM0OSwDvQ0TGoyFXiYTVJjok6FRnY3eIL3gQsX+y+icKQJS"
    "sQOQxL2mp8gVzwZ0BjB/rQzvssInAzBAgshDkUEeAinv+GLrCipEYnO8vJPOjt/tw9r07s"
    "p8qjZXoReOANu3y/btem7IdxSTZbNuusu6sS1Q2+zeTnwwB1LQTPk0va5AL7pjGnljapwx"
    "ZS5NH7FXUVeh7kzMkQ1P7+vE8WVVv+9N9bN+se9nfVVXaENhN0vzBEH3cFb1G3JuyVRSgL"
    "eM7TvBiPCcvEdRSPG1eBFItH02Y1vHLUH34lu5T253kNCmV9NXDOB6a2TIbSyBgSdrNSkU"
    "xAuAj59vbo6+PpMVilLvivBAm6eWDo5qLVFimiPYYoBRQ4PUz3QNGF2iKfU2YIZ8PgIvpM"
    "Xo7BhMJPdUrZxkHStxokFf5oYhaQaKe7/PVMunmVgXFEj1lE+AgJMBSABermjAgRjzJAGc"
    "izUpm6j2/3gbn9ofpjaqMUvJrVyGuz7lJKHZnyP4MDJOCOWGPZkTCptt0jLbRHIqvUBbaS"
    "7RAZ6TZA9wE9cgL0XTYvEL8UuFlLJcmaoCOUIbBdlrbUCe5Or3GzGkLJVlSi2Z0hpBJfMY"
    "IZ8hssC3BH4mZPC4S2tz4DNEFvi2wKe6gSH4eUKbPN52Baxp93s+7ENmXJk6Q2I93PWWPw"
    "nVDgx/n+PbHCak37T4ZTZUzuD35uLuzcXbq+e0910rK9VRhcEvHh190+IXGbsaWvxuCQLh"
    "SiZDIg94WJyAKixsQdeCIpDGsgVkUZ1aDh9k1Bc5BhMVGM4maupEPXQJVxMVLxbXkpKe6r"
    "KBr/OnWXtef1jVqMaeZ4MWSq70Vw0c6a8q3eivNBELcj2MC/Vk6QaTm7STDmx0zRxZ6aKM"
    "aCWYOZrBoLmzhKQZ9g17k/uDLYvQRSBNclaaKbtZKmtqaKnoRkIY0sgUlcwiS2J5Ralv6w"
    "PWN9mpLjmXUlg4S6xXZRwaoJkSWDC1ibWG9tyUxvLYljzW5jNnQvwb5TOPa/KZx+V8Zmut"
    "/Z6ttTNMMFu0y2fPk9qA3D6vs7XKW6u8tcprrfIfKcczHMeaaOzyufFRnWWeZGY27RVBfQ"
    "9QsStkx1ngQoHRT2Ci/q8CYaM1BjBt1yDzsgO0Tczmx+Aecx8pw7mKqZUmcxoGbAQIehQ3"
    "hWkzW5XxrWkl8Uwv0ajThHoN22uilxZ+m0huE8mfG3KbSL7zvoINdu1JdWLtSSmxlsuzwQ"
    "TdLcEA4e1EiZdnbhng6rZ2yfxB4Funp3XR1s7WRWizFJ3URYiEQwPOsiUYnnWwE+8iZk6A"
    "dHXXLyn1ESQVYnVKVTR8C7Kudvv2yp4t37e3N7mNfXldZCKfP1xeCegV8GISjvTeso/B2m"
    "K/Nxtdyaj0PDaQXCK4xgZSTBSvtoFQIhR6MdVRWdeNa+T5mDxETSvXkKkidsg7BrLHpbqP"
    "rFeH/JnqQ4MC/Ii8qFydzBMO6PpPDGAvMTUwLraep6uN181D2tTEW4WB2D3IFsSzdoxeit"
    "TWjtEnLcbAjpEwFpMtnJLYvdtg71oh7XsT0nLxKF9WWNyuxernKW3Keq+XOWStvvAMmY2H"
    "6Nv6Guha2UYl2NclWFzGdO/ef0J+VZ2Ccknxg1zxkmf/a5e66J27QF7oow8weDjS6KK58V"
    "GdLsrimc5STG3qkJeVpyDjgGP3QVZLhyC5jaeapG71x7hJqveTLJouJ+P0mvKmj8B6QSPv"
    "N3vQud07fdQTsuSet1HotzXPvQmPu+p4Ua15yvV35JKanjQ5QitMHPJh0ykzxXMiYH6PtD"
    "UGM6P1jDSa5zygTWOLnpgbMTBJzAB0XcRYZGhjr5VNjaA1YvH4CEDfj+bL0CFCOYjkZQ8I"
    "roZnG509r4tH7Di5uJppPqFadJ9Z5q707WqWuQ6gPkmotqRRSmQLu4xAu1yMpThzdIGu1Z"
    "s8pbCmJWtasmLCoZiW+qmHHuwq90UY5HA208qBaqBeBNxO+abs98uCgiAkURVnhoJH7KLX"
    "YBJQPwonn0BvickE0ED8k0B/w/ikLN61vostD9Mn11S1HIekac1EmNgSDE5oHp81at50Vt"
    "O96azUvmkFGZO5Fka+wAzNACW28dlZI5zPanA+K+JM+cphSAhghvUm83Q2QbylUiIPBJMt"
    "nswf4PbevUKChUwpTptHXS35bwSApnR7DAFNWLiNALUa4IHoBjmv88prufp5Srv6h7L6fd"
    "EMhfaEllVegu3gqFZDVNOMfQR0Fml4ijoJwf1B7bIRcMOA0WAEAjQTQC/+Nxz/OD7/8wjE"
    "5lww3QAIIiMjiGSpKj9BF495gqbZhzi9HilA1mswXAHdeg2s18BKDUOUGlS9Go3AkNSxqZ"
    "YVZCmYxlJCVDlE1giXBkBHbaVtl0BxtosDegHZQkVQESCgC1QYgHT0R10DX4PJChFPRjDE"
    "xGIqJVEMgPL9Y3GPjV542PPTrfX6oK3XtdUgK+zX1tbXuBhk+gm2gD4ltAvQcgFyjMxsCU"
    "qkdhGe9BUkJ4ehZbZMbDP0Deyzz+JU69mW34NPbYYDxh19HHp9D7csneUwLTmMCi43Rz9H"
    "ZsF/Qh9hh86cKQ7EB2a0ACVSuwgtF0EA5JkZrVKK4fH43dus4KNQrDT4VlfRSimeVEerZz"
    "jX4NpJwSzMnFWAljhcGsqNeUIrMxrIjDIYglCyWVJdN7RvxlFkSS3uZrhPISHGKlKOziJu"
    "gLj0Evyh7Z5WV+szpdlj17/P92+6Mjh2k0Oalc7JPIRzI5SzNHtEOaoW1j3IJ0100JNqFf"
    "SkpIHyBTJLgt4S7BHeKJphPxDvuHXljBLuMPyHWW/ALNEecV4iLxZ8Dg5nIbTNUICIizSy"
    "R7W0XSB71tK1sVcRupE/7Tie5GTecTgFba0v/zvz5dv4z+959Q0iOfItX59akkjc4orwYN"
    "PVVujeZlKuSlRqixt1W90BVNfqRkPFCsFAryUboCRjfi7cBUaPQgzurlvoc0DVdQhVFraK"
    "aKoCsvWBVQ5MZzcLsqrGSNuiKWl3lnmObdDUzygl9WW3qSiQJbTixKGIEzkXS/p1GlZZLl"
    "PaOssFPc3207T9NPctiIxM+2lWcIMdIDtMSa8IcJkP9qlv6QUKsLvQSYzxSK2gCNM5O5UO"
    "nyIGXpOKdmVaronLey9exP4mvc3lK/xl/OL05emrk/PTV2KKes3tlZc1/DTxt1WLe48oYL"
    "GW1tSkniEZYLJVJ8GJ8qMyQDiePkB0XzRqZfiippXhi3IrQ/FErj2kqp0VGZL9OyoOPDjo"
    "WVPJvv4/BrXr4Q=="
)
