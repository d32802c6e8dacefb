from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        ALTER TABLE users
            ADD CONSTRAINT users_gender CHECK (gender IN ('female', 'male', 'nonbinary', 'other', 'undisclosed')),
            ADD CONSTRAINT users_theme CHECK (theme IN ('light', 'dark', 'system')),
            ADD CONSTRAINT users_font_size CHECK (font_size IN ('small', 'medium', 'large')),
            ADD CONSTRAINT users_email_sealed CHECK (email IS NOT NULL OR (email_index IS NULL AND pending_index IS NULL)),
            ADD CONSTRAINT users_verified_counts CHECK (NOT email_verified OR email_index IS NOT NULL);
        CREATE UNIQUE INDEX users_email_index ON users (email_index) WHERE email_index IS NOT NULL;
        CREATE INDEX users_pending_index ON users (pending_index, created_at) WHERE pending_index IS NOT NULL;

        ALTER TABLE counselors
            ADD CONSTRAINT counselors_email CHECK (email = lower(email)),
            ADD CONSTRAINT counselors_role CHECK (role IN ('counselor', 'supervisor')),
            ADD CONSTRAINT counselors_status CHECK (status IN ('available', 'busy', 'offline')),
            ADD CONSTRAINT counselors_capacity CHECK (capacity BETWEEN 0 AND 50),
            ADD CONSTRAINT counselors_rating CHECK (rating BETWEEN 0 AND 5),
            ADD CONSTRAINT counselors_total_sessions CHECK (total_sessions >= 0);
        ALTER TABLE staff
            ADD CONSTRAINT staff_email CHECK (email = lower(email)),
            ADD CONSTRAINT staff_role CHECK (role IN ('admin', 'analyst'));

        ALTER TABLE auth_sessions
            ADD CONSTRAINT auth_sessions_kind CHECK (principal_kind IN ('user', 'counselor', 'staff')),
            ADD CONSTRAINT auth_sessions_generation CHECK (generation >= 0);
        CREATE INDEX auth_sessions_revoked ON auth_sessions (revoked_at) WHERE revoked_at IS NOT NULL;
        CREATE INDEX auth_sessions_expires ON auth_sessions (expires_at);
        ALTER TABLE one_time_tokens
            ADD CONSTRAINT one_time_tokens_kind CHECK (principal_kind IN ('user', 'counselor', 'staff')),
            ADD CONSTRAINT one_time_tokens_purpose CHECK (purpose IN ('verify_email', 'reset_password'));

        ALTER TABLE mood_entries
            ADD CONSTRAINT mood_entries_mood CHECK (mood BETWEEN 1 AND 5),
            ADD CONSTRAINT mood_entries_timestamp CHECK (timestamp >= '1989-12-31T00:00:00Z'),
            ADD CONSTRAINT mood_entries_date CHECK (abs(date - (timestamp AT TIME ZONE 'UTC')::date) <= 2);
        CREATE INDEX mood_entries_newest ON mood_entries (user_id, timestamp DESC, id DESC);
        CREATE INDEX mood_entries_by_date ON mood_entries (user_id, date) INCLUDE (mood, timestamp);
        CREATE INDEX mood_entries_fingerprint ON mood_entries (user_id, fingerprint);
        ALTER TABLE mood_imports
            ADD CONSTRAINT mood_imports_status CHECK (status IN ('queued', 'running', 'done', 'failed')),
            ADD CONSTRAINT mood_imports_progress CHECK (progress BETWEEN 0 AND 100);

        ALTER TABLE achievements
            ADD CONSTRAINT achievements_points CHECK (points BETWEEN 0 AND 10000);
        CREATE INDEX user_achievements_newest ON user_achievements (user_id, earned_at DESC, id DESC);

        ALTER TABLE notifications
            ADD CONSTRAINT notifications_kind CHECK (principal_kind IN ('user', 'counselor', 'staff'));
        CREATE INDEX notifications_newest ON notifications (principal_id, created_at DESC, id DESC);
        CREATE INDEX notifications_unread ON notifications (principal_id) WHERE NOT is_read;

        ALTER TABLE jobs
            ADD CONSTRAINT jobs_queue CHECK (queue IN ('default', 'mail', 'insights')),
            ADD CONSTRAINT jobs_attempts CHECK (attempts >= 0);
        CREATE UNIQUE INDEX jobs_waiting_key ON jobs (name, key) WHERE key IS NOT NULL AND lease_until IS NULL AND failed_at IS NULL;
        CREATE INDEX jobs_to_send ON jobs (due_at) WHERE sent_at IS NULL AND failed_at IS NULL;
        CREATE INDEX jobs_sent ON jobs (sent_at) WHERE failed_at IS NULL AND lease_until IS NULL;
        CREATE INDEX jobs_leased ON jobs (lease_until) WHERE lease_until IS NOT NULL;
        CREATE INDEX jobs_failed ON jobs (failed_at DESC) WHERE failed_at IS NOT NULL;
        ALTER TABLE mails
            ADD CONSTRAINT mails_status CHECK (status IN ('queued', 'sent', 'failed', 'bounced', 'seen')),
            ADD CONSTRAINT mails_principal_kind CHECK (principal_kind IN ('user', 'counselor', 'staff'));
        -- The jobs table is small and churns: keep it tidy.
        ALTER TABLE jobs SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500, fillfactor = 70);
    """


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP INDEX users_email_index, users_pending_index, auth_sessions_revoked, auth_sessions_expires, mood_entries_newest, mood_entries_by_date,
            mood_entries_fingerprint, user_achievements_newest, notifications_newest, notifications_unread, jobs_waiting_key, jobs_to_send, jobs_sent,
            jobs_leased, jobs_failed;
        ALTER TABLE jobs RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, fillfactor);
        ALTER TABLE users DROP CONSTRAINT users_gender, DROP CONSTRAINT users_theme, DROP CONSTRAINT users_font_size,
            DROP CONSTRAINT users_email_sealed, DROP CONSTRAINT users_verified_counts;
        ALTER TABLE counselors DROP CONSTRAINT counselors_email, DROP CONSTRAINT counselors_role, DROP CONSTRAINT counselors_status,
            DROP CONSTRAINT counselors_capacity, DROP CONSTRAINT counselors_rating, DROP CONSTRAINT counselors_total_sessions;
        ALTER TABLE staff DROP CONSTRAINT staff_email, DROP CONSTRAINT staff_role;
        ALTER TABLE auth_sessions DROP CONSTRAINT auth_sessions_kind, DROP CONSTRAINT auth_sessions_generation;
        ALTER TABLE one_time_tokens DROP CONSTRAINT one_time_tokens_kind, DROP CONSTRAINT one_time_tokens_purpose;
        ALTER TABLE mood_entries DROP CONSTRAINT mood_entries_mood, DROP CONSTRAINT mood_entries_timestamp, DROP CONSTRAINT mood_entries_date;
        ALTER TABLE mood_imports DROP CONSTRAINT mood_imports_status, DROP CONSTRAINT mood_imports_progress;
        ALTER TABLE achievements DROP CONSTRAINT achievements_points;
        ALTER TABLE notifications DROP CONSTRAINT notifications_kind;
        ALTER TABLE jobs DROP CONSTRAINT jobs_queue, DROP CONSTRAINT jobs_attempts;
        ALTER TABLE mails DROP CONSTRAINT mails_status, DROP CONSTRAINT mails_principal_kind;
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
