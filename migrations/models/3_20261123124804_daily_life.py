from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "devices" (
    "id" UUID NOT NULL PRIMARY KEY,
    "principal_kind" VARCHAR(16) NOT NULL,
    "principal_id" UUID NOT NULL,
    "platform" VARCHAR(8) NOT NULL,
    "token" BYTEA NOT NULL,
    "token_index" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "last_seen_at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX IF NOT EXISTS "idx_devices_princip_0b56e0" ON "devices" ("principal_id");
COMMENT ON TABLE "devices" IS 'A device that may be sent pushes. The token is sealed with its owner''s key and found by a keyed hash.';
        CREATE TABLE IF NOT EXISTS "erasures" (
    "id" UUID NOT NULL PRIMARY KEY,
    "account_id" UUID NOT NULL,
    "status" VARCHAR(8) NOT NULL,
    "why" VARCHAR(16) NOT NULL,
    "counts" JSONB NOT NULL,
    "files" JSONB NOT NULL,
    "address" BYTEA,
    "language" VARCHAR(35) NOT NULL,
    "requested_at" TIMESTAMPTZ NOT NULL,
    "finished_at" TIMESTAMPTZ
);
COMMENT ON TABLE "erasures" IS 'The receipt of an account that was erased: how much went from each store, and nothing about who it was.';
        CREATE TABLE IF NOT EXISTS "programs" (
    "id" UUID NOT NULL PRIMARY KEY,
    "slug" VARCHAR(64) NOT NULL UNIQUE,
    "title" VARCHAR(120) NOT NULL,
    "description" TEXT NOT NULL,
    "category" VARCHAR(32) NOT NULL,
    "duration" SMALLINT NOT NULL,
    "difficulty" VARCHAR(16) NOT NULL,
    "method" TEXT NOT NULL,
    "translations" JSONB NOT NULL,
    "is_premium" BOOL NOT NULL,
    "is_active" BOOL NOT NULL,
    "version" INT NOT NULL,
    "catalog_version" VARCHAR(64),
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "programs" IS 'A program; `duration` in days. `version` counts the changes of its structure: whoever enrolled stays with theirs.';
        CREATE TABLE IF NOT EXISTS "breathing_sessions" (
    "id" UUID NOT NULL PRIMARY KEY,
    "technique" VARCHAR(64) NOT NULL,
    "duration" INT NOT NULL,
    "mood_before" SMALLINT,
    "mood_after" SMALLINT,
    "date" DATE NOT NULL,
    "completed_at" TIMESTAMPTZ NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
COMMENT ON TABLE "breathing_sessions" IS 'Some minutes of breathing; `duration` in seconds, moods 1 to 5.';
        CREATE TABLE IF NOT EXISTS "data_exports" (
    "id" UUID NOT NULL PRIMARY KEY,
    "status" VARCHAR(8) NOT NULL,
    "progress" SMALLINT NOT NULL,
    "file" VARCHAR(120) NOT NULL,
    "error" VARCHAR(200),
    "created_at" TIMESTAMPTZ NOT NULL,
    "finished_at" TIMESTAMPTZ,
    "expires_at" TIMESTAMPTZ,
    "fetched_at" TIMESTAMPTZ,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
COMMENT ON TABLE "data_exports" IS 'A copy of all of somebody''s data being made. The file is sealed with their key and can be fetched once.';
        CREATE TABLE IF NOT EXISTS "mail_events" (
    "id" VARCHAR(100) NOT NULL PRIMARY KEY,
    "event" VARCHAR(24) NOT NULL,
    "at" TIMESTAMPTZ NOT NULL,
    "mail_id" UUID REFERENCES "mails" ("id") ON DELETE CASCADE
);
COMMENT ON TABLE "mail_events" IS 'What the mail provider told about a mail, each event once.';
        CREATE TABLE IF NOT EXISTS "program_modules" (
    "id" UUID NOT NULL PRIMARY KEY,
    "slug" VARCHAR(64) NOT NULL,
    "title" VARCHAR(120) NOT NULL,
    "description" TEXT NOT NULL,
    "content" JSONB NOT NULL,
    "duration" SMALLINT NOT NULL,
    "order_index" SMALLINT NOT NULL,
    "type" VARCHAR(12) NOT NULL,
    "is_required" BOOL NOT NULL,
    "method" TEXT NOT NULL,
    "translations" JSONB NOT NULL,
    "from_version" INT NOT NULL,
    "to_version" INT,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,
    "program_id" UUID NOT NULL REFERENCES "programs" ("id") ON DELETE CASCADE
);
COMMENT ON TABLE "program_modules" IS 'One step of a program; `duration` in minutes. It belongs to the versions `from_version` up to, and without, `to_version`.';
        CREATE TABLE IF NOT EXISTS "module_completions" (
    "id" UUID NOT NULL PRIMARY KEY,
    "completed_at" TIMESTAMPTZ NOT NULL,
    "time_spent" INT NOT NULL,
    "score" DOUBLE PRECISION,
    "module_id" UUID NOT NULL REFERENCES "program_modules" ("id") ON DELETE RESTRICT,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_module_comp_user_id_98caea" UNIQUE ("user_id", "module_id")
);
COMMENT ON TABLE "module_completions" IS 'A module done; `time_spent` in seconds, `score` 0–100.';
        CREATE TABLE IF NOT EXISTS "user_programs" (
    "id" UUID NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "status" VARCHAR(12) NOT NULL,
    "progress" DOUBLE PRECISION NOT NULL,
    "started_at" TIMESTAMPTZ NOT NULL,
    "completed_at" TIMESTAMPTZ,
    "last_accessed_at" TIMESTAMPTZ NOT NULL,
    "program_id" UUID NOT NULL REFERENCES "programs" ("id") ON DELETE RESTRICT,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_user_progra_user_id_b346f3" UNIQUE ("user_id", "program_id")
);
COMMENT ON TABLE "user_programs" IS 'An enrolment, in one version of a program. `progress` is the percentage of its required modules that are done.';
        ALTER TABLE "audit_entries" ADD "seq" BIGINT;
        ALTER TABLE "audit_entries" ADD "hash" BYTEA;
        ALTER TABLE "users" ADD "mail_bounced_at" TIMESTAMPTZ;
        ALTER TABLE "users" ADD "mood_reminder_on" DATE;
        ALTER TABLE "users" ADD "weekly_summary_on" DATE;
        ALTER TABLE "users" ADD "program_reminder_on" DATE;
        ALTER TABLE programs
            ADD CONSTRAINT programs_duration CHECK (duration BETWEEN 1 AND 365),
            ADD CONSTRAINT programs_difficulty CHECK (difficulty IN ('beginner', 'intermediate', 'advanced')),
            ADD CONSTRAINT programs_version CHECK (version >= 1);
        CREATE INDEX programs_newest ON programs (created_at DESC, id DESC) WHERE is_active;
        ALTER TABLE program_modules
            ADD CONSTRAINT program_modules_type CHECK (type IN ('text', 'audio', 'video', 'interactive')),
            ADD CONSTRAINT program_modules_duration CHECK (duration BETWEEN 1 AND 600),
            ADD CONSTRAINT program_modules_versions CHECK (from_version >= 1 AND to_version > from_version);
        CREATE UNIQUE INDEX program_modules_slug ON program_modules (program_id, slug) WHERE to_version IS NULL;
        CREATE INDEX program_modules_in_order ON program_modules (program_id, order_index);
        ALTER TABLE user_programs
            ADD CONSTRAINT user_programs_status CHECK (status IN ('not_started', 'in_progress', 'completed')),
            ADD CONSTRAINT user_programs_progress CHECK (progress BETWEEN 0 AND 100),
            ADD CONSTRAINT user_programs_completed CHECK ((status = 'completed') = (completed_at IS NOT NULL));
        ALTER TABLE module_completions
            ADD CONSTRAINT module_completions_time_spent CHECK (time_spent BETWEEN 0 AND 86400),
            ADD CONSTRAINT module_completions_score CHECK (score BETWEEN 0 AND 100);
        ALTER TABLE breathing_sessions
            ADD CONSTRAINT breathing_sessions_duration CHECK (duration BETWEEN 1 AND 86400),
            ADD CONSTRAINT breathing_sessions_before CHECK (mood_before BETWEEN 1 AND 5),
            ADD CONSTRAINT breathing_sessions_after CHECK (mood_after BETWEEN 1 AND 5);
        CREATE INDEX breathing_sessions_newest ON breathing_sessions (user_id, completed_at DESC, id DESC);
        ALTER TABLE data_exports
            ADD CONSTRAINT data_exports_status CHECK (status IN ('queued', 'running', 'done', 'failed')),
            ADD CONSTRAINT data_exports_progress CHECK (progress BETWEEN 0 AND 100);
        CREATE UNIQUE INDEX data_exports_one_at_a_time ON data_exports (user_id) WHERE status IN ('queued', 'running');
        ALTER TABLE erasures
            ADD CONSTRAINT erasures_status CHECK (status IN ('queued', 'done')),
            ADD CONSTRAINT erasures_why CHECK (why IN ('asked', 'idle'));
        ALTER TABLE devices
            ADD CONSTRAINT devices_kind CHECK (principal_kind IN ('user', 'counselor', 'staff')),
            ADD CONSTRAINT devices_platform CHECK (platform IN ('ios', 'android', 'web'));
        CREATE UNIQUE INDEX devices_token ON devices (token_index);
        CREATE INDEX mails_by_provider ON mails (provider_id) WHERE provider_id IS NOT NULL;
        CREATE INDEX audit_entries_newest ON audit_entries (at DESC, id DESC);
        CREATE UNIQUE INDEX audit_entries_chain ON audit_entries (seq) WHERE seq IS NOT NULL;
        CREATE INDEX audit_entries_unlinked ON audit_entries (id) WHERE seq IS NULL;
        -- What happened stays as it was written: only the chain's columns are filled in, once, and only retention removes.
        CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND current_setting('mentalspace.audit', true) = 'retention' THEN
                RETURN OLD;
            END IF;
            IF TG_OP = 'UPDATE' AND OLD.seq IS NULL AND (NEW.id, NEW.at, NEW.actor_kind, NEW.actor_id, NEW.action, NEW.subject_kind, NEW.subject_id, NEW.request_id, NEW.data)
                IS NOT DISTINCT FROM (OLD.id, OLD.at, OLD.actor_kind, OLD.actor_id, OLD.action, OLD.subject_kind, OLD.subject_id, OLD.request_id, OLD.data) THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'audit entries are append-only';
        END $$;
        CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
    """


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP TRIGGER audit_entries_append_only ON audit_entries;
        DROP FUNCTION audit_is_append_only();
        DROP INDEX programs_newest, program_modules_slug, program_modules_in_order, breathing_sessions_newest, data_exports_one_at_a_time, devices_token,
            mails_by_provider, audit_entries_newest, audit_entries_chain, audit_entries_unlinked;
        ALTER TABLE programs DROP CONSTRAINT programs_duration, DROP CONSTRAINT programs_difficulty, DROP CONSTRAINT programs_version;
        ALTER TABLE program_modules DROP CONSTRAINT program_modules_type, DROP CONSTRAINT program_modules_duration, DROP CONSTRAINT program_modules_versions;
        ALTER TABLE user_programs DROP CONSTRAINT user_programs_status, DROP CONSTRAINT user_programs_progress, DROP CONSTRAINT user_programs_completed;
        ALTER TABLE module_completions DROP CONSTRAINT module_completions_time_spent, DROP CONSTRAINT module_completions_score;
        ALTER TABLE breathing_sessions DROP CONSTRAINT breathing_sessions_duration, DROP CONSTRAINT breathing_sessions_before, DROP CONSTRAINT breathing_sessions_after;
        ALTER TABLE data_exports DROP CONSTRAINT data_exports_status, DROP CONSTRAINT data_exports_progress;
        ALTER TABLE erasures DROP CONSTRAINT erasures_status, DROP CONSTRAINT erasures_why;
        ALTER TABLE devices DROP CONSTRAINT devices_kind, DROP CONSTRAINT devices_platform;
        ALTER TABLE "users" DROP COLUMN "mail_bounced_at";
        ALTER TABLE "users" DROP COLUMN "mood_reminder_on";
        ALTER TABLE "users" DROP COLUMN "weekly_summary_on";
        ALTER TABLE "users" DROP COLUMN "program_reminder_on";
        ALTER TABLE "audit_entries" DROP COLUMN "seq";
        ALTER TABLE "audit_entries" DROP COLUMN "hash";
        DROP TABLE IF EXISTS "mail_events";
        DROP TABLE IF EXISTS "module_completions";
        DROP TABLE IF EXISTS "user_programs";
        DROP TABLE IF EXISTS "program_modules";
        DROP TABLE IF EXISTS "programs";
        DROP TABLE IF EXISTS "breathing_sessions";
        DROP TABLE IF EXISTS "data_exports";
        DROP TABLE IF EXISTS "erasures";
        DROP TABLE IF EXISTS "devices";
    """


MODELS_STATE = (
    "eJztXW1z4zaS/isof8lelc5lyy8zmbm6Kttxst71jKdsz2X3MikJIiEJMUUwBGlFu5f/fg"
    "D4ToIUQYkSReNLJhbRpPQAbHQ/3ej+99GCmMiix1fGHKNXtEC2d/QB/PvIhgvE/kd2eQCO"
    "oOMkF/kHHpxYYjxMBooLcEI9Fxr8plNoUcQ+MhE1XOx4mNhc4okskDfH9gx4BEwQQNC1kX"
    "kMxi763ceuuNUYYAq8OQIzFy4W0AVkCsYmWUBsH6eG0fFHMGaPs6kF+e3pGCygQwEEFrRn"
    "Ppwh/gz+0wC0TZD6Isf8u5rEYF+WfZNufS3fxr/7aOSRGftCyGVf7pdf2cfYNtEfiEZ/Oi"
    "+jKUaWmZk9bPIbiM9H3soRn339evfDj2Ik/8mTkUEsf2Eno52VNyd2PNz3sXnMZfi1GbKR"
    "Cz1kpqbT9i0rnP3oo+Absw8810fxVzWTD0w0hb7FF8XRf0192+C/FRjERceGRYyXYxstR9"
    "j87/AbpkaPRp8fnkdPt8+j0VFhKfFvkpvG8CODgc4mAPNFyfD5M7hvgov49Ig/4OavV49/"
    "Obv8D4EEod7MFRcFakd/CkHowUBUYJ+ATS1/VoT7Zg5dOdzR+Bzg7Iu2A3UETwuAHi3gHy"
    "ML2TNvzv68PK8A+H+uHgXGl+cCY8KUQ6A5PodXhuIShzqBVvyrAG00fjvQRh8k2CaqbOfg"
    "ng5PaqDLRpXCK65l8U1/swLMz+gPTw5zTqwXaFeA+3z7j2d+5wWlv1tpTP/y6eofAu7FKr"
    "xy//D5p2h4ag5u7h+uc9Cn94Ui9n97evgsxz4vlwPfxIYH/g9YmHptTUJKdU98bHnYpsf8"
    "sftQ2xyn6qnJz0JOv/Mb5KcGG7LXoVzrRON78R60rdINBsWMuCsVgNMyPQT5bFgD5LNhKc"
    "j8UhZkh+DQDs9CfGeXaPREIIcvtlvTI23iO+Nf4j+Hp+fvzt+fXZ6/Z0PEF40/eVcB+d3n"
    "5xyeKaNeRVfnxHavqvezX7ajlOmIuZP4VWIPXhNiIWiXKOe0XG4GJkywLegjM3y30F8/PN"
    "xnoL++y9siXz9d3zJDUcwDG4Q9JF/zhos4JCMoWfI/sCseXqASdZ2RzK/6UPQ4+p8dmClp"
    "D5Ms92GnPN99un16vvr0JTM5P1w93/Irw4wNGX36l8vcuxLfBPx89/xXwP8E//vw+Tb/+s"
    "Tjnv/3iH8n6HtkxH74CJppqKKPo48ys+87ZsPZz0rq2T+U2edk0vQlxXDwDybQeFlC1xxl"
    "riTLRLBjrsTSuA4Ff/z7Iwq8FclqCEnGrxS5OaLxMDfD5NNwAxCgkiEpQ7V4aTFc5D+BNp"
    "yJn8SfzZ8UcbMO/uISA9FgoeWZ2+TqoJK4dfDICQaimsztFbNZXjlDevXlDoSyHwGxEfDm"
    "0ANzSIFNPDBByAaU/2dKXADBco4txJlTE0FzIChP7FHgkiVlYy2yBDMCltibs4+LvOyuHq"
    "pZ1wNhXdkcN9idUmJ6a+r11vQbc2k33JhumGb5G7tNn3akDE3A5gXZBtoQpi/hbfoEU6sb"
    "t29i79b23JV0406uVm/cfNyI2Usurrtx/zwnwMQm2xTZjumxfW9OKAJcxX4E2KRsN7VWx+"
    "A2uCWALgI2s8lcYMyhzX5JsH1GeyqceuwS2yNXYuTSxZ7Htl0EjTnfby1svyCzsI3v/it8"
    "s9ljeLCW2woTxMwC9AGMKfp9LO41ZpbDfCzk+SD2HGx/R2uaAr8cUX/yGzK8UbCbs43lV2"
    "0edME8ULcMtFFwWEZBeiNjWo+4oxcGsEpYISvVw8DC6WWdkHF+4lIR48t8YCGATE2TpWU2"
    "0GehtuoK0puorQye0th75aLtU9i97XBjtD+r6oa8XCOwO7Zk2446Zm2huuohK6UVRDHyiK"
    "gc0/LVm5Xq39rdvp7ghmQR4fLQbjRep99kbMRtRHqZaybhI/CsNHkhFGiUudC1ZR4kLnw/"
    "HJ6dvRuenF2+vzh/9+7i/UmcwVC8VJXKcH33E4/sZiaiGOrlLrAMchu6KznkkUQ+oL7yAi"
    "7isFCvAjBctPEKZwv8+u7z1eM/5cl/15JFfv3P59srBrkCjdku/eTNnxClAUgS/im5PKgm"
    "oLz5iAYja0eOTPSKDQQontnIBNg+BuNwrbAhY+b7+mxOBBPjoinDbw488oJsCmb4FdmA+N"
    "5HwRGJITZasl1OEDuYjSDElMWNdvHIOlSRw76SgR1oRdty/LcwMjVx1AniKDcrCkZXUbKH"
    "Htr2KYX8a1F3nRdepy2u+O7uRwquQ6LkirCW2lJZod0lg560a1BtLxOUeA3zorKSW+CZD8"
    "eIOjg+OTAZ1EziRKahUXxAWmibVnEm65Aid8SsVlmadfnGm5Xa3aZ71JZlk91yhyd1Tn6x"
    "UaWbrrims3u1fotm34LUG7HXpsn852X1CjjEFYD+cDC7XYP5z0rua/a1IVNrml30Sl6ama"
    "sZSW2udm2WO0ImXnNrgJfLqGAUC2MGVbTiJBqtyC3ywh1ggW2fWdu8IEd8n49gbPoR24d5"
    "djhbCiYdgAUhJgWnPA3tQl4IZMP76VzyLjEj5Zyfh4x58MMVvI6MUA+ZvhZirL4yHZUW0S"
    "eTJXwU1zmjIKu1COvTAlpWKbY50R6FT8+G7y5jYPkfVZg+fbq6vy8BViQYN8I1ltSw5vMs"
    "JAuVm6KleRay1ZkxQA9QDVQAxy3KPFlDFo6FGtI1OVntrh+Kha/pOj37KVpczSNIiejAqC"
    "z3JotuEdof2TLFM/vvKAj33LHvAW1pfCd1iv1wIS2cgGMfu3AZe6bpBcV+O/vFKCgccnP1"
    "dHP1A9ux9sM/8COaV54HjXlZCdPciEEV92CwsUxTRoPrZjXZwHcsAk1kgim22AiKoMX+EO"
    "fKedbQC1pxCoH/b0hqfEeBg1xK7I9gzFaW51NRVHQcnmxnMzYe8Jqj0FyNAXHBeArZnc2x"
    "JMFp10/XrEZ31NqggtUIV4UbQFfAvSKemhfsIbvxfQ1y4/tSbuP7PLURQ6a4S2fF9E6dTw"
    "UXukll7SYSO8wDSNRmWxoil4RXqxRsRSXYYjoAsT224SmrirxcDzVFC+ek8L8kIJcfbwiH"
    "a/5Twn9yi0dlwUbje7hQW6kQrYmHt0w8hO6C6onOjJQ2aqrpB5oExTdkILinmwqxHya4a4"
    "mI7OpqlYtIcQnsoXAmywgOJR9s9EzYf+oVlfqU3O6wIkGV9ZIUaRtRWauEsImqbq2hauIa"
    "X/XSQybEXIEpsSxe/Q9GZAiAHvsjtOE/gHCqg+JDjk/nyOTUicuJFQJsIm5iI/bpBPGSg5"
    "j9ZDPkVxbyNJIdPVdCzPySVi/FA2hBfchfNX3TQfpGn4tqiVQIl70yrGkpDWrh0L62FNu2"
    "FJ2knu+GlmK2OPBhYrvWUMy+sXJDUbKEtSHePUO8gXUZmdglBmbKAl9jY0Z2WT0zMygsiS"
    "k4HYDhAJx984cnw0ueJszLToeQDURsjvgemEGHHoMrQFfUQ4vIBgyrWbPhbAW4okwl+8uw"
    "MLI9gCVFDnb21HUmJi/Fos3JLpqT0qo6rZTU6Zo+2zblHLwRihW5MkK6IFeNwn1CCykHpH"
    "JiPaT5txy5DgFTtdvtrUStO7amt+MKlXOFFdUDUkK6fMCgYfmAEERlpZGX22HqgIf+8Noy"
    "JLJ6430NvfG+VG+8l+gNr1H/jVhMhwQ/6JCg6o5xQFpOpQx0nHKqWls7L7jFzXivncV1qL"
    "WHDI9swRcnIwqlKkxFNr/7ANf52qkovOiZ2Xhkav3x7uY5Nx0bk2gP06kgeaQUWnBxsJZA"
    "I3xc7QKhUXBUSPEQKAFQ1OikyCJuuqubrNangvQ3+5s95pUaxx/AeAE9Yz4Gc2KJHjQojK"
    "tiFzgWNBD9CMZogVy2sozVGMwIouLWlgW4FcH+ZQNEZ3b2WF5SlFmUYOqSRdBTJn7+ck6+"
    "2ZxmS+XiB7ScCAuLtP2xTTw0Po4T89m3s/ArGg+4kA3G0DCQwxY3z9A3kWFhO/j/oC6LGe"
    "Tr81uabAHZOmW/a/vToIKkUy052uNCo9umOQ4jk9wKG1UfHL4ugpTI+u09Mwf3ynXhqgBw"
    "SiSHcP9aoj/f/uP5l19zmIWb1GiyUlGxWSlNvmUx5ZunGvMWSehS9g1ZN50i/pb5IF1I8E"
    "1Mc+zDKBJUeTlN/enEOc379YD3kyqHbSCcvldP8c0rxa7lzlXU8sy9AGuoP9XuQAy5V+RS"
    "cYKGU3AwLFMRUWQxcMfglg1ciXqcEXHGz0rwHLh8+YvgFt9RXgdDxhm2/1BBNYq62SJPz/"
    "YXE3ZZjIuyCz+CMf8S+Y5EQdtrUX8UJc9GAj7K21pDL2h3HSa7ghe2gdNvtmivjT2R0ucR"
    "yzwGY/aG+MLWFomCS84l8icsIRs2QTPIa4G4yPNdOxlFkRe22maD+EgK4Iwt7IHIK0x4zR"
    "mxkSYaO7YhDiqIxgOhw/iS21lVhS0nSDguJi72JNxOZQupWGaHMC+Qif3FQfKOHnGwoUb4"
    "xCI60WrQkPKx2K7kS3Pcytd2WqaH8YqzizplQi7Ky4Rc5Jd2ZDAUQS5N206L6N5d+cRtUc"
    "KOFzVTRLUgp6Et5MTHHk0DfOXCGuQ8yKGDoIBsSmJ3cJ4eCJyxQ6RKXGcEddTiEOnslKOr"
    "Ovs5Ud0Zp8vzzLxWt1lsMiupZ7nLs8xPIzWZ47ScnuEuzzDvAhPwQNn5re7EkUjpLhwZOK"
    "cImTxcoEacpKV0tozOltF2p3onB8dsOPtZST37hzj7HUiiORwFrFTRC02Ry5NimyJcfgeN"
    "tYRE1b1odC+aLvei6UJyUjff/s1yk5JzhmvUr8a6Dtblu04GdfZ1wOev9/dVKWGyo7WS/I"
    "6oXPGPf69XqFjpYO2hqJPM4o1LCG8GVFSwuI8QpSvgbYZS/brXBwlUctJ5M5jik9V9BImf"
    "t9oUo0hbfiaH3P21Gid2Y7oxUOwe+HB5OXmZ+dYyn2ODQ5b3nLZGKrKeo2G1U54tbCAmYi"
    "bZtDwPl1go6MgXfxqc66e+g9xXTNnfx2BMPGdEPeSIoSIXOGzzx/OAAPR5wQAPG9Bjogb7"
    "soAZzuaADzo7ARRQzAwwcPr9uxNZWnQ3vphInQ54/PBmCNC569svYIGgyNcOLwsbyhuD4K"
    "/wsdRf8EIN0RD255j9CpEmxeYFv6J8PvQq+IoeIS/Aga73zY6KpkJAifGC2DVkWexmOt+5"
    "Y271AJTnO6MFxFYR7/JsxVhgO6mKe60xk01UHF7UqdXJRpWmKoprOQYOUrokrlLxirRMDx"
    "NChxd1MkLZqAqcCzmhQrEiw0WS+EFV6C4rp4N3DYN30b4mA39WGoZOS/UoEP39cHh29m54"
    "cnb5/uL83buL9ydxWLp4qSpIfX33Ew9RZ96CYsyamx4q6iUav8NzFBn6q30Nc3pZQ8Gc5g"
    "NeqXZ/l3n1MsUus4zEXwpIZ6V6qMpb6awojFBVqDNCGumaSAeezCg4d6kEd0Gyh5i3ULvd"
    "QQaGFv6XoCeUikJJRN9mcajouJQSehmht4nbBBM5YvI3PBy+QyNhD44zBypjDkcvr9wajo"
    "anXvYbbiDnaha/Mmdbok3/9vTwWY51IpFPX8KGB/4P1FyhHbOGK3DnUFTjnod4kPVB+A3y"
    "uGM6Ijav+ilxQgizeaFdwiCl5fIeIBNsa8HHn+zYBXx4uM9gf32XX9RfP13fMmNCTAQbhL"
    "0Sz+NADsuT6TSa3kP0PQzoQEN6Xr46yTstt7tDbmdtoby9JO+ynPkfLQJVE+anXKZXuvmH"
    "h6/X97fgy+Ptzd3TXain42xRcTGrFx5vr+6lCAeBhyLOa44lJGL6pKt86fJwjTqsoZAGNQ"
    "9qNupVBLY6/7worU9MdTnX3CMetDIFuGq+RkVB/SrlXyVmSwevgroNnsjt0AaPoo0Ha4Lr"
    "U1NvWZfpU1NvbfYLRyTqZD7r9EtQI62Q/cAtYFS/CG43bbxqkCB9YUpjKjvHoIHSybwdyl"
    "UVoFXlq0ao1shZHcWzuT5x9WeeXZlurbV0mfFGgUmWNoCTMGEy6nA1FXmeUWosILa1+qhY"
    "p3cXD9TZnIeRzRk1za2f/xZJ6JKfg4apb9oDe2s2eMcqFxzQO6jbf3TqUL1u/6Hbf3QJ30"
    "63/whODMo8ivgsYYUrEZ9ZXO9B/GjBmWhswdvthh03xJkt6CIAbboMG/gGtvgxeHCQDXzb"
    "w1bGDfDgC/MCsAd8R5xP822TZlpoMJvf9WjRodjD87V/0Z39osq/sNArkpwWq85DiYV2Fy"
    "5r/4zHVvJQxDuhCmci1ZvK1dsAkzAt1MgLywhqJ+wQnTC2wbNLFjJnjVaARFyncBzMfKs1"
    "iZaI6kJ2nfK8e4mpLg6oiwPu27tWKg64L2qom2//JsyQWpG6KXe+N4sbP2L6wn34Hi3lVk"
    "PGzDiEt384xPWOJOxO6uqgiuERPjMSAxW6ujor0VjVsvg/lCzQhJir7yjgdwMTxHuaLqCJ"
    "jsHzHIGp6DdaaKmKXR6nBdA2gQFtJgWmyDPmbARhL6a8seuOnqt5ne7sn4MKXudADnIF/a"
    "XagrblpqeEz4cy25OW6026+VY6dWC1qifR+B7WKWilNgRyXVncqqIwWCTQCOGO2X25ilUn"
    "dQBmo8orVp0UANZ5I2+ZwppiG9N5o+nPiWqqssvzzDwCzG7XpAdbRlLPcpdnOXR8mrzMGU"
    "k9y12eZU3iahJ330TjWhJ3P9lRnCVjc3RUQqDxS4O17NkLWtWmzuIjCoKxYpIDsHTZ/ZEJ"
    "JisAwQJSD7kgKO16DH7gQHFWiyceuWTJrvPsJE6AidrWS5d4CPg277POv5OMNdvFIzcgzM"
    "jSVlZPaZm9kWfiSfw/5wfGmoWzL2HrKw5cpIT0mYv0Fq9y5iJ41VTYiUSiLQJof4XLWyg5"
    "pbmJN2bnKpwrb9WO4LmixOF9tT7xPgMyeyI3pNquSAaPeOMClUOcS+JbJpjDVwQmCNmAy/"
    "NmHC/IYRfnPChmE/CEbPMnF5siFiaCZF7JGc3N7rfeMvjliPKfyd68X3VUrQv2wQv7mSp7"
    "VDS+hyGKYa3WGhWdNQqllF1kYAcjWX25itL3aaEewnxWKxJ0VhEJOitGgqg/+Q0ZEpzLiw"
    "enRHqBctXu3kYJYfk57nK8S05xa7DrgD33FpIzLeVgR+M12A3AjkwURbciJaZ9Cu1TqPoU"
    "2EBHclcCG2uKwJhiTG1eMhgenJdcwBXPiuNrFzg+nSMa5NN55IWZ/7mEOuxRIOi4oOyKSK"
    "ub8qNeAbnIPkLceaBzGTW5o6fW8UEc9q2YkQUtTitqR6QTjkgyJ6ouSVGyF7te2/xZ5iVQ"
    "WOd5OR0zzANrQW9KXEn164o1nJLp4erdcqKq2CbUQhqxiA5o5I3iugENAeFI/N4G2CeCeg"
    "aazoAOebw196TQAoAi9io1bACQktUr4FBWQEcc1FsXUt+VeqjRpUGVi4qCQTV9VO4LushA"
    "7BNxBswG0BBVeQL3cQkp4DdE5gcw51krvjEHS+5MTl2yAAiyP6nH1tdAOIs28eY8ySUoNL"
    "qcE17xh92j6KXu8Ln62FmXrPdyvzRcAIpOUlZKu0iH2ZTtgM/yLeeSkiPl8IbDe+h6tpB4"
    "JMrDFdEt752ZSGzUO3NTi2viY8vDNj3mj92HGm6lpSY/NKk0G7FANyaDP683k8GMWfkJ4i"
    "p+ICXUkBs4nAMlbVEDUfNoFaWfltnhrhrwcDtINLmok2dyUZ5mclHM52E/kzZjYPKy2gM/"
    "FA9cH4l9G/PcEablzkQLh3jINlYlp5VyIwZVvAtOxiqcXQoq6rjUC2spA48ACEIVFnAh/D"
    "uZIDxjlA/XxzHC1EkkOdvSylMk3MovhbglGxzE/jXl0jHKRUemW6JdXpCEFKiyzEMBHbFr"
    "apaHykwN9ZSQRr4p8mUUY3Upq1KasV4hq45ZZFssZRXs0Ip+fSyj3fo3EfGva5RoZ7PrTs"
    "jfyORRfKuC8xFeqXQ6fiOT2snIbGwQPQ0serLAFIWdWrDHU4FNYqMPzPZHYCzWEL/5WJZg"
    "vMGddDC2SwZruWcg/i3AXc5wRuN7GNe6rHNa8bL8tOJl4bSiiHaqoBsL9BDeFvKt4coiUK"
    "ItyiNVKZHdx6r2Y0i1EpWS+r0VZ5ylXm8PaoS2UoTVZBununmaSO0rEKKZ8FoRj04chuzY"
    "W9Wn+bUQpGgkzGTVOc6J6nnu8jxDz0MLR5a3VEqGpUV6U9d9eHr+7vz92eV5zIjFn1TRYk"
    "VGjO+sDUDNi+0O2PcHAqyu6p5YbOe1qrqfV1R1Py9WdZ+Kok5NUhjSglrdd1ndhzEkaQS1"
    "qvZQWqp/r9P2SZPDIuh1OlhvGPp7SL0nhOwjCUcfXxtUsfTxmcB6VP3Pc2Sn23Bxcfa38Y"
    "I8wFYNRaaspmAtmQ3o9y7miryNysINehhrvkertAqVxkul3r4iUVe+oNOSi5VKjRcsHSE+"
    "TqWMKi9/ziV52PAVmyIV0TLDg5tQXBoExzvFrUuaFm52qy3HIMuNvA2Muwaqbnfkdi1X6b"
    "TCVTqNXKVypYdeFat5xgI9jJFtv2Cq3lN6s6dkqTKsap+lRHSf9sqeNAsoY+6Ve9Lw/TVM"
    "7DlIUNd2pUmtqC51pYlwLzF51uZaKVSMvwoME4/EtRd5lYolt1omyGDP5jUvsPdRJFAtiW"
    "tSAF0kmiwHiVUQcN7aYkuDSfFCjV5Qq9GWlJNv+2HKdR4HGcpFV33shBOpqz7qqo/7hnxL"
    "Z2t0I4X2/AKuP4rglifOReO7UeGhV+U2dOkeSVpdray6iqS6opYOuCPF8F1OrH/xu1YSGH"
    "UI7y1zEzq/sd/zGxYfVjJ20zKafapkn0pKcSvTTw82embvynN0u4OEdi0HlV5YGRKKfQHw"
    "+ev9fRULlYtCyIpshXI//v0RWVD8iFLAM/G0fqD9Z6s8HTF9C92QhcNbJhNp3kVhzKCSuR"
    "Oj2c+Ihten8YSkOM/4EYz5HjOiDpvKMcA27+1MbJMOwJhyc2AMTr75w5PTs9OTEylLt8m9"
    "pIVWoibpwZ11jZVOEm/hqmtm9uZkteF7kIZR/KoX5780ez0rtLvc9TY9zC2nrwtNKbGILA"
    "LLio5EEjk8p1zkYLdnGVo/PHy9vr8FXx5vb+6e7kJ2Kn4rxEX+EfsAB3bR4+3Vff7cRbBt"
    "KoaT00Kau85ByndsRUBTIhrOahcpsoc29JC+hrc5TEjXukapBSUPzxd1wBZA/eKSmQsXn+"
    "L79RTdjP7L4PvIDInHu5vnveU/EGLe2p4rrXSZXBxUe1LEHDGbxMV1G4z8lSzjvHQwRZY3"
    "AKc8V+HiGIy52TrmuQY8lZOZlNDi1SURT0AICrmDKXGZrzRlE4NcHhhlzhKDk/J+IXjhEN"
    "cD7JrJBeCMTUrR7dr943WFm+7sFYMKv4wv5SLc1UXrIpk+mePbqFlnE0+yR1RVrIskdL26"
    "hvXquKaS0wmlgXoZ4BkK4QAXcZULxHz/fGNF9kuZobJwVImYjKDOge403cJ38ogTrq+Q0l"
    "JaKTVUSksEhc2jhHxKSAPfEPgps8GJq9gNJiWkgW8KfOIbKIKfFdTlp5vOgE4qesubvSZU"
    "NaG6b8pvLaG6P77vTrBURyWEX3h1sJbxC8iumozfg42A7/ByqsgEJmY7oDiQxNv4TqHLyb"
    "I5pGCCkA08+MLPG9nHYCxKS9GxGDoWD11AZyxOKoXdaHiOdJHga/1pms/rjqoaVPB5Ol2+"
    "kMS95U63Dg/hSHtOVrOmabneVDfcBm3qkiUd8XywIqKlYGZkeoPm1nJCeMtZFR0Qje/h4b"
    "BWjnBEe6Was5uW0lRDQ0c3MMKQxKYoVRZpEa0rCvljL9hxlPBMSWg4C6pX1CxVQDMR0GBK"
    "S/Mq8rmJjNaxDXWsroicOlxeq8zXsKLM17BYEVmztW+ZrdVNvd/GPGtWXrPympWXsvKfiY"
    "enOMw1kfDymeuDKmbeTo2s222eF0jldVCBg1xgQIbRBzAW/4pE2GCOAUwavvOKYC6KS4J5"
    "x+AZexYSxLnIqeWUOfFdOgA2emU3hfzWlNjfhbXGJM3o9/QlavWqF19Dn6TsJMOvS5jpEm"
    "b7hlyXMNvyqj2rU9LprLyk01mhpJPH9wYVdGOBHsLbihPP99wiwM/ojxKiLxrfC3yr/LTb"
    "fzxnXLRCGbgMKRUNz9eG0xX5Np+KViryBcahgmaJBfrHDrYSXcR05CJZ5+ZrQiwE7RKzOp"
    "HKE99MrK3VHn+yY+b74eE+s7Cv7/JK5Oun61sGvQA+OeBfjDFoLvatcXQFUmk/HEimBJmE"
    "A8mXKCvnQIjNHHpeKUXU+6pd1snC9gvweIX0JaSifDoyj8HzHAFxH14pHVlTzjaYyMWvyA"
    "wKpfNzwi5ZfkcBNiOqgXps6UkacrX1kCbV2B3fZasH6VLsmsfopEmteYwueTEKPEakWFSW"
    "cCKi126NtauNtLdmpGXyUf5wMLtdg9nPSuoj652eZp82esNTYjofomvzq+BrZVuMyQ5YqN"
    "Yb7lV/sVarDX9h04x4noTED42vDap8UCccVdP7fIqqUfFzaTDq0Qw9EfAm7DaSkHlNmVoR"
    "7lBAx7i1b3gI27z2Dbu086r4hoGeUYY1LaVBrc4EjHR5AWDlZMArB39JbnaY2K5NCcwuri"
    "5lBYbVUeVGSHBpjQ0iBtUmwMPxH8HY9F1hT4ouBCZc0WMwfkUuFR+FZTA5JW3MoT1DNOgl"
    "SgF7hG94vos+gOWcCJIa2S6x+NF5ttZWFCyxN+eS2JUYNHv5Bvokf3eUWpUNRC1/pmL5RO"
    "O3Y++sh3pn1s5lnfaOl+XtHS8L7R11blTbKQzpb1bAuTxFKifWC7R3nSllMGhmxJWkplVl"
    "6CQyvQC97ezKaLcuglxdBCQtp8sn5zDF0yk22LdTWrpZqR4u3u07+wtm+Mmqfpfr5URihz"
    "WC9hEZa0Mhs0fb1EoOKNVNYc3L6VTW6qlpkMqK6chx0QL7C0mwYU2yZUpQ51sq5Fsy6Jhb"
    "jl9lpfLXQJ7I7RDxyPE5WMBDFqEId6mVkpLYnZFy2q6FsrWaJMxWhhaZjUphrTSz86L9S4"
    "nfvruuk3/eWtZAJivEMRvOflZSz/6hzH6znBHRcWzDpJG+tmfLZtPx+MBi847evHJGKizT"
    "F6h2EOAK11d5mCtZgGuDXaPUwq9XlZp6yOHhI1gWfVpg2/cQPQZ3Hpggi9gzypvF8ehTaL"
    "lQMOanNEZxgMp32IiBKEXB403E9wZgzF7raIC8YvXevomOgekYWOc1lI6C6ShYb9DeeRSM"
    "2J601Xw535oS2T3Vuh/oWyFVdWxs+7Ex4pq8jhv/Haqw5kQ1srldkAOhsgmG43uhlfN7YK"
    "0tsGIHlFay+N3Hrqwi9vpqFomk5vvr8/06vKvDuzq8yz9LMwMK4a+8mI6BFTZN0gDWrFAj"
    "ULsW+Np2aFEHut5YqEMHuvTsp9rKwYX6QbGUlD4otvagWBSt2vCgWP/iXoPiKbHUylI9JZ"
    "Ym4hYOE5Rbx0oH+kWc6ya+XY+wbzXm+Ijpy48WnB1Jwo3xtUFVpNFlo0ZTNkwhyOgxZzMo"
    "+0bnZIlMwAZQTAG/14ekkj1/z8y4YP2Sj+efQqa4wNhiH1pjcPrNH56cnl2CKbEssgyOwd"
    "3859PT4xNgz0V8Dcjji/v4Ejq02J2tYFAVWiS+aygxf4lEH7m/rZ8yCOBStGcyQhus7Y45"
    "itupJSBUkSr9Hwtp4l8729rdSmafWwKK2ikjpJ2t3Aul253pdmf79lrXtjsr6oAtgHoT36"
    "insGYUX5cqxjwZc8RpgU/QfTmSOLiZ64MqJ5eGI0cLNrRuIznmA1qQMh8TGy9BImt0GxP8"
    "RiZJ3XPHJQtMkfmBDRGDcfKZ6AI3iMu3QPoiaxfX6qM2cFrFv4VXqNyLisbrMiU5DypK0C"
    "x3Wfn8j/iUqhqsGUFdBLdzhqnCgZdWlSnb9BjMbN+TqtLkarUiDcaNXtCqdiEuNjbk6Zgw"
    "BdDgBcqCBhH0o6DabLRENLw+AMzhDcbzlpc28UBQ59nkpwLwdCWrtNXGI7bM9ZUrTamJfP"
    "gqc1ukU7nKXLpsoUqTz7AN3ZUc7ZRQPu9s5aEDtvOkiWdhLk2sGxm613efrx7/KU+Kupbk"
    "3lz/8/n2Kp+FxvYcmcdSvsgTCc2v6pYI2kw4lJYIh8O1H8Qsd8UY9OB0KrUDxYVqEzAest"
    "b2+3lOgOvbQTyVIvcVG+gjGLvECtqgj6G5wPYYEJf9rw2tFfXGx2BMPGfET4+OmQ8LpoT3"
    "Ouc1UimyiCQW3NZDdKy3O9RplRWIeEMJFVMkFuidyT28qENTsFHlnZAvCidJHUjpkrhqhf"
    "pTMj2094YXF7VwvqjA+SKPs1BIiJlvkk2/yqHJyjX0aQ5nm2/LpYn2Axn4s/LzdympHiW9"
    "fz8cnp29G56cXb6/OH/37uL9SRyQL16qCs9f3/3Eg/OZt6AYred7tYp6icb3ULVs35XUJf"
    "l0z2ntu+uDHnr2e+7TM8cWLcriO/HFQaVvL4YpR3fINHC+hXTU9PsvYpUNgOG7lLgD4KIp"
    "A3rOU62Hl/8xACERDyYr5noH9DAI7NiyCE8bj9nAy+9CZ+AOOZ863tNf50jHe3S8R1sNfb"
    "QaRMqoxGCIUknLbQWejVm/GRsbS+xjMBbka1CwSLDzfENnezvboOeQzkXumw0YdK5I4OAp"
    "GkF7tI9g7CDb5LknoTAbSuwge0NkbWB2j5XceNjx03Xk4KAjB1XWRFnsQPOsdU2J1CvYAP"
    "rSUmd6AupOQEaRqU1BQVRPwkZvQbRzKDKzRWHdo0aBn91LQLNjS34H8cwpdqk3kp8gqFIy"
    "WTmtYRpqGHEsQB39jJgGvyH43N0ekelogl32gilNQEFUT0LDSWAAmWqkVSLRPx2/fc4Kvj"
    "LHSoJveVXMRGKjepgdw7kCV93XsCc2I0+GsIm9WhBfVulqXR5FWlTjrob7BNp2kwrTiZxG"
    "XAFxHiX4F7EVe4ckMjssMv31+aYtwrHt9iwWtGc+nCmhnJbZIcrI3g3IZ3V80LNyF/Ss4I"
    "F6c6R2fD0W2CG8QTbDbiB+XwPh96UAvy94+MT2RhT/SwnjjNAOcV4gMzR8Dg5nZrRNkYts"
    "Q9YBsdzazonttQR9GFWERhBPOw4HjVLfsTeF6ReEmCNuZ3NnciSros4j+iVpExLZqph+r7"
    "wlHovPYblE6MVajai/WEB3pQimVPgtoxmV/W24OEvE3zKiIhIzYTrNaJS8IxHXZ3a7lqmj"
    "87T07Ovc/rc5+wpZeskymfBXfc5hKawSlZr419FtnhCNGuscWNrsn9F7UNWy3JjDTbuVM3"
    "fT6ztKLqYy/08Jpr6VssxXTSHupiuJqXF4K27UV5h0zw5FwLhPvjFUxLy1PXfVZ4xGeLGF"
    "F5BDdbfo8wuY7bjSHKl0f5c+4oSgKw/8KWDEjzFcGXOMXtECHWRThFpQhczMhguKg9W/3l"
    "et9l/Kr6+SkzS5JVh9qGYEk9H1DtiUYyQ5ivJLXG0+9ZyjX/UJlS6eUBEqsEkdwLSgphsO"
    "hW7IpNclb6di442ipO6/oduZbBvOAjWm25m02M4EZi2IDZHtp0mcB7ioB7vU3SRtbZeYjS"
    "ljfI3JmHYAapzHtgGyXWJxZAYA2+Ioc9i+PWg/Et7vGIzF/yFK4/PSDnINJsd+FB+KPQpc"
    "9LsvqucvBCNEk9L6Jrux5ED2zh9faQZHjYO1CdxFEzhcF0XES2sypiT61BZxeHr+7vz92e"
    "V5XIox/qSqAmMxw5dtDp4si72iOWosscOEPWyPope/rRWbOyEzrHNCZlh+QmZYTNxLvn9u"
    "x7YILFm+aaEc3FMu1RbgJ7tXCz88fL2+vwVfHm9v7p7uwlS82AkTF/lHSbr64+3VfXE1u8"
    "1i8llJ7SQfopMcBrOaZeTkZHXmVZdnWhxMDho7NZptmbx+5w9xJURpqGpmeFZKMziaENOE"
    "WMf4GiVCzEm4kQ1R7V/IMw9sVvdlsH1k6vjx7uZ5XyzYFXKxMT+SEGDhlUEV9wWTMVuNkW"
    "7CBJXyElJVKaEkwhncjAHqPB/RgPEpJyjKKZ8WGYo2IW6/PBN/qRQQDof3EN3Tk5M6vM/J"
    "STnxw6/l6vkS25OGasqPa6ZEdn9Ucz8G1daOXyqk6W9/M/vz/wHrMIUO"
)
