from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "trained_models" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(12) NOT NULL,
    "code" VARCHAR(40) NOT NULL,
    "data" JSONB NOT NULL,
    "scores" JSONB NOT NULL,
    "is_used" BOOL NOT NULL,
    "body" BYTEA NOT NULL,
    "trained_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "trained_models" IS 'A model trained over many people. `kind`: `forecast`, `matching` or `risk`; at most one of a kind is used.';
        CREATE TABLE IF NOT EXISTS "insight_runs" (
    "id" UUID NOT NULL PRIMARY KEY,
    "first_date" DATE NOT NULL,
    "last_date" DATE NOT NULL,
    "status" VARCHAR(8) NOT NULL,
    "progress" SMALLINT NOT NULL,
    "files" JSONB NOT NULL,
    "error" VARCHAR(200),
    "created_at" TIMESTAMPTZ NOT NULL,
    "started_at" TIMESTAMPTZ,
    "finished_at" TIMESTAMPTZ,
    "requested_by_id" UUID REFERENCES "staff" ("id") ON DELETE SET NULL
);
COMMENT ON TABLE "insight_runs" IS 'An analysts'' batch over the local dates `first_date` to `last_date`. `files`: its outputs, each `{name, file, bytes}`, sealed in the file storage.';
        CREATE TABLE IF NOT EXISTS "insight_shards" (
    "id" UUID NOT NULL PRIMARY KEY,
    "number" SMALLINT NOT NULL,
    "status" VARCHAR(8) NOT NULL,
    "file" VARCHAR(120) NOT NULL,
    "people" INT NOT NULL,
    "finished_at" TIMESTAMPTZ,
    "run_id" UUID NOT NULL REFERENCES "insight_runs" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_insight_sha_run_id_a8dd92" UNIQUE ("run_id", "number")
);
COMMENT ON TABLE "insight_shards" IS 'A part of a run''s people: those whose id''s hash falls to `number`. `file` holds its features, sealed, until the run is done.';
        CREATE TABLE IF NOT EXISTS "mood_charts" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(12) NOT NULL,
    "period" VARCHAR(4) NOT NULL,
    "language" VARCHAR(8) NOT NULL,
    "svg" BYTEA NOT NULL,
    "local_date" DATE NOT NULL,
    "is_stale" BOOL NOT NULL,
    "made_at" TIMESTAMPTZ NOT NULL,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_mood_charts_user_id_0b032a" UNIQUE ("user_id", "kind", "period", "language")
);
COMMENT ON TABLE "mood_charts" IS 'A picture of somebody''s diary, sealed SVG. `local_date` is the person''s date it was drawn on; `is_stale` once the diary has changed.';
        CREATE TABLE IF NOT EXISTS "mood_insights" (
    "report" BYTEA NOT NULL,
    "entries_used" INT NOT NULL,
    "version" SMALLINT NOT NULL,
    "computed_at" TIMESTAMPTZ NOT NULL,
    "user_id" UUID NOT NULL PRIMARY KEY REFERENCES "users" ("id") ON DELETE CASCADE
);
COMMENT ON TABLE "mood_insights" IS 'What the last analysis of somebody''s diary says, sealed JSON, by the code of that `version`.';
        ALTER TABLE trained_models ADD CONSTRAINT trained_models_kind CHECK (kind IN ('forecast', 'matching', 'risk'));
        CREATE UNIQUE INDEX trained_models_used ON trained_models (kind) WHERE is_used;
        CREATE INDEX trained_models_newest ON trained_models (kind, trained_at DESC);
        ALTER TABLE insight_runs
            ADD CONSTRAINT insight_runs_status CHECK (status IN ('queued', 'running', 'done', 'failed')),
            ADD CONSTRAINT insight_runs_progress CHECK (progress BETWEEN 0 AND 100),
            ADD CONSTRAINT insight_runs_dates CHECK (first_date <= last_date),
            ADD CONSTRAINT insight_runs_finished CHECK ((status IN ('done', 'failed')) = (finished_at IS NOT NULL));
        CREATE INDEX insight_runs_newest ON insight_runs (created_at DESC, id DESC);
        ALTER TABLE insight_shards
            ADD CONSTRAINT insight_shards_status CHECK (status IN ('queued', 'running', 'done')),
            ADD CONSTRAINT insight_shards_number CHECK (number >= 0);
        ALTER TABLE mood_charts
            ADD CONSTRAINT mood_charts_kind CHECK (kind IN ('mood', 'calendar', 'weekday', 'factors')),
            ADD CONSTRAINT mood_charts_period CHECK (period IN ('7d', '30d', '90d', '365d', 'all'));
        ALTER TABLE mood_insights ADD CONSTRAINT mood_insights_entries CHECK (entries_used >= 0);
    """


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP TABLE IF EXISTS "mood_insights";
        DROP TABLE IF EXISTS "mood_charts";
        DROP TABLE IF EXISTS "insight_shards";
        DROP TABLE IF EXISTS "insight_runs";
        DROP TABLE IF EXISTS "trained_models";
    """


MODELS_STATE = (
    "eJztXWtz4zaW/Ssof8lMldbl9qs73VtbZXecjGe62ynbvZnddEqESMjimCIUgrSimZ3/vr"
    "jgmwQpghIlisaXpC3iktIBCNx77utfR3NqEYcdX5kzm7yQOXH9o/foX0cunhP+D9nlETrC"
    "i0V6ET7w8cQR43E6UFzAE+Z72ISbTrHDCP/IIsz07IVvUxckHuic+DPbfUI+RROCCPZcYh"
    "0jwyO/B7YnbmUgmyF/RtCTh+dz7CE6RYZF59h2jzPDmPEBGfxxLnMw3J4ZaI4XDGHkYPcp"
    "wE8EngE/DWHXQpkvcgzf1aIm/7L8m/TrawWu/XtAxj594l+IePzL/fob/9h2LfIHYfGfi+"
    "fx1CaOlZs924IbiM/H/mohPvv69faHH8VI+MmTsUmdYO6moxcrf0bdZHgQ2NYxyMC1J+IS"
    "D/vEykynGzhONPvxR+E35h/4XkCSr2qlH1hkigMHFsXRf04D14TfikzqkWPToebzsUuWY9"
    "v6r+gbZkaPx1/uHscPN4/j8VFpKcE3KUxj9JHJQecTYMOi5Pj8O7xviov49Age8PEvV/d/"
    "Orv8s0CCMv/JExcFakf/FoLYx6GowD4FmznBUxnujzPsyeGOxxcA51+0G6hjeDoA9GiO/x"
    "g7xH3yZ/zPy/MagP/76l5gfHkuMKZ8cwh3ji/RlVNxCaBOoRX/V4A2Hr8daOMPUmzTrWzn"
    "4L45PWmALh9VCa+4lsc3+81KMD+SP3w5zAWxQaBdA+7jzd8f4c5zxn53spj+6fPV3wXc81"
    "V05dPdl5/i4Zk5+Pjp7roAffZcKGP/14e7L3Lsi3IF8C3b9NH/IcdmfleTkNm6J4Ht+LbL"
    "juGx+9i2Aaf6qSnOQmF/hxsUp8Y2Za9D9a4Tjx/Ee9D1lm5yKJ6ot1IBOCszQJDPThuAfH"
    "ZaCTJcyoO8oHakh+chvnUrdvRUoICv7Xa2j3SJ7xN8if84fXP+9vzd2eX5Oz5EfNHkk7c1"
    "kN9+eSzgmVHqVfbqgtjut+r9nJfdbMpszM1J+0WiD15T6hDsVmzOWbnCDEy4YFfQx2r4bq"
    "G/vrv7lIP++raoi3z9fH3DFUUxD3yQ7RP5mjc9ApCMsWTJ/8Cv+PacVGzXOcniqo9Ej+N/"
    "7EBNyVqYdLkPPeXx9vPNw+PV559zk/PD1eMNXDnN6ZDxp3+6LLwryU3QL7ePf0HwJ/rfuy"
    "83xdcnGff4v0fwnXDg0zH/4WNsZaGKP44/ys1+sLBazn5eUs/+ocw+kEnT5wzDAR9MsPm8"
    "xJ41zl1Jl4lgxzyJpnEdCf74t3sSWiuS1RCRjF8Z8QpE42Eehumn0QEgQKWntArV8qX56b"
    "z4CXbxk/hJ8Gx4UszNLuyfPWoSFi60InObXh3VErcLe7wIB5KGzO0V11legCG9+vkWRbIf"
    "EHUJ8mfYRzPMkEt9NCHERQz+M6Uewmg5sx0CzKlFsDUSlKftM+TRJeNjHbpETxQtbX/GPy"
    "7zsrt6qGZdD4R15XPc4nTKiOmjadBH0z+4SbvhwfSR7yx/5bcZ0omUown4vBDXJBvC9HN0"
    "myHB1OnBHVi2f+P63kp6cKdX6w9uGDfm+pJnNz24f5lRZNkWPxT5ienzc29GGUGwxX5Ats"
    "X4aeqsjtFNeEuEPYJcrpN5yJxhl/+S8PiMz1Q89fklfkauxMilZ/s+P3YJNmdw3jq2+0ys"
    "0jG++6/wzeWPAWct6AoTwtUC8h4ZjPxuiHsZXHOYGUIeBvHn2O53rKEq8OsRCyb/IKY/Dk"
    "9zfrD8ptWDPqgH6pqBVgoOSynIHmR816Pe+JkDrOJWyEsN0LHw5rKJy7g4cRmP8WXRsRBC"
    "praTZWU22M+i3aovSG+ybeXwlPreaxftkNzuXbsb4/NZdW8oyrUCu2dLtmuvY14Xaro95K"
    "X0BlH2PBImx7R69ealhrd2t79PgCJZRrjatRuP1+E3OR1xG55ebppJ+Aj7qTJ4IRJoFbnQ"
    "t2UeBi58f3p6dvb29OTs8t3F+du3F+9OkgiG8qW6UIbr25/As5ubiLKrF0xgGeQu9lZyyG"
    "OJokN95YdcxGGhXgdgtGiTFc4X+PXtl6v7/5EH/11LFvn1/zzeXHHIFWjMbuknf/ZAGAtB"
    "kvBP6eVRPQHlz8YsHNnYc2SRF9skiNlPLrGQ7R4jI1orfIjBbd+Az4lgYjwy5fjNkE+fic"
    "vQk/1CXEQD/4PgiMQQlyz5KSeIHZuPoNSS+Y128cgmVNGCfyXTXmAnPpaTv4WSqYmjXhBH"
    "hVlRULrKkgO00LZPKRRfi6brvPQ6bXHF9/c8UjAd0k2uDGulLpUX2l0w6Em3CtX2IkGp3z"
    "IuKi+5BZ75cJSog+OTQ5VBTSVOZVoqxQe0C21TK85FHTLijbnWKguzrj5481K7O3SPutJs"
    "8kfu6UmTzC8+qvLQFdd0dK/e3+LZdzDzx/y1aTP/RVm9Ag5xBZA/Fja/XYv5z0vua/a1It"
    "Nomj3yQp/bqas5Sa2u9m2We0ImXoM2AOUyahjF0phRHa04iUcrcotQuAPNbTfg2jYU5Eju"
    "8wEZVhCzfTZEh/OlYLERmlNqMfQGwtAu5IVANryfjiXvEzNSzfn5xJyFP1zB6sgJDZDp68"
    "DHGijTUVkRnZks4aNgzxmHUa1lWB/m2HEqsS2IDsh9enb69jIBFv6ow/Th89WnTxXAigDj"
    "VrgmkhrWYpyFZKGCKloZZyFbnTkF9AC3gRrgQKMskjV0vnBIS7qmIKvN9UPR8DVdp2c/Q4"
    "urWQQZEe0YlcXe5NEtQ/sjX6b2k/s3Erp7bvn3wK7Uv5PJYj9cSEsZcPxjDy8TyzS7oPhv"
    "57+YhIVDPl49fLz6gZ9Y++EfIEXzyvexOasqYVoYMarjHkw+lu+U8eCmUU0uChYOxRax0N"
    "R2+AhGsMP/EHnlEDX0TFZAIcA/I1LjO4YWxGPU/YAMvrL8gImiokaU2c5nzBhBzVFsrQxE"
    "PWRMMb+zZUgCnHb9dM1q9GdbG9WwGtGq8ELoSrjX+FOLggNkN75vQG58X8ltfF+kNhLIFE"
    "/pvJg+qYuh4GJvUlm7qcQO4wDSbbOrHaIQhNeoFGxNJdhyOAB1fX7gKW8VRbkB7hQd5EnZ"
    "/5SAXJ3eEA3X/KeE/wSNR2XBxuMHuFA7qRCtiYfXTDxE5oJqRmdOSis19fQDS53iGzIQYO"
    "lmXOyHCe5aIiK/ujrlIjJcAn8ofpJFBEeSdy55pPw/zYpKfU5vd1ieoNp6SYq0jaisVUHY"
    "xFW31lA1SY2vZuEhE2qt0JQ6DlT/wzEZgrDP/4h0+Pcomuqw+NAiYDNiAXXiAbFCkUvFTV"
    "zCP50QKDlo859sRfzKXB5GsqPnSoiZX7PbSzkBLawP+Zumb3pI3+i8qI5IhWjZK8OaldKg"
    "lpL2tabYtaa4SOv5bqgp5osDHya2axXF/BsrVxQlS1gr4v1TxFtol7GKXaFgZjTwNTpmrJ"
    "c1UzPDwpI2Q29G6HSEzr4FpyenlxAmDGWnI8hGwjdHAx894QU7RleIrZhP5rEOGFWz5sP5"
    "CvBEmUr+l+nYxPWRLSlysLOnrlMxoRSLVif7qE5Kq+p0UlKnb/vZtinn8I1QrMiVE9IFuR"
    "oU7hO7kLJDqiA2QJp/y57rCDBVvd3dite6Z2t6O6ZQNVdYUz0gI6TLB4xalg+IQFTeNIpy"
    "Owwd8MkffleKRH7feNdg33hXuW+8k+wbfqv+G4mYdgm+1y5B1RPjgHY5lTLQScipam3tou"
    "AWD+O9dhbXrtYBMjyyBV+ejNiVqjAV+fjuA1zna6ei9KLnZuOeb+v3tx8fC9OxMYl2N50K"
    "kkdKoYUXR2sJNArjGhcIjZ2jQgpcoBRhUaOTEYd62a5uslqfCtLf3G+uAZUajffImGPfnB"
    "loRh3Rg4ZEflXbQwsHm4R9QAaZE4+vLHNloCdKmLi14yDQIvj/+QDRmZ0/FkqKco0STT06"
    "D3vKJM9fzug3F2i2TCx+SMsJt7AI2zdc6hPjOAnM59/OsV+IMQIhFxnYNMmCL26I0LeI6d"
    "hu+O+wLosVxuvDLS2+gFwdst+382lUQ9KplhwdcKHRbdMchxFJ7kSNqg8OX49gRmX99h65"
    "gXvleXhVAjgjUkB4eC3RH2/+/vjrbwXMokNqPFmpbLF5KU2+5TGFw1ONeYsldCn7lqybDh"
    "F/zXyQLiT4KqY5sWEUCaqinKb+dOCc5v0GwPtJN4dtIJy910DxLW6KfYudq6nlWXgB1lB/"
    "qt2BOHIvxGMigwYoOByVqYgpsgS4Y3TDB65EPc6YOINcCYiBK5a/CG/xHYM6GDLOsPuHCq"
    "pR1M0WcXpuMJ/wy2JcHF34ARnwJYodicK216L+KEmfTQR8DNpaYz9sdx0Fu6JnfoCzb65o"
    "r237IqTPp451jAz+hgRC1xaBgkvgEuEJS8yHTcgThlogHvEDz01HMeJHrbb5IBjJEH7iC3"
    "sk4gpTXvOJukQTjT07EEc1ROOB0GGw5HZWVWHLARILz6ae7Uu4ndoWUonMDmGeE8sO5gfJ"
    "O/p0YZtqhE8iogOtRi0pH4efSoE0xq16bWdlBuivOLtoUibkorpMyEVxaccKQxnkyrDtrI"
    "ju3VUM3BYl7KComSKqJTkNbSkmPrFoWuArF9YgF0GODAQFZDMSu4PzzYHAmRhEqsR1TlB7"
    "LQ6Rzs4YuqqzXxDVnXH6PM/cavXa+SbzknqW+zzLkI3UZo6zcnqG+zzD0AUm5IHy81vfiS"
    "OV0l04cnBOCbHAXaBGnGSldLSMjpbReqd6J4eF1XL285J69g9x9nsQRHM4G7BSRS8yJR4E"
    "xbZFuPoOGmsJiap70eheNH3uRdOH4KR+vv2bxSaleYZrtl+NdROsq0+dHOr866AvXz99qg"
    "sJk6XWSuI74nLFP/6tWaFipcTaQ9lOcos3KSG8GVBxweIhQpStgLcZSs3rXh8kUGmm82Yw"
    "JZnVQwQJ8q02xSjeLb/QQ+7+Wo8TvzHbGCh+D/tweTl5mfnOIp8ThUMW95zVRmqinuNhjU"
    "OeHdskXMRKo2khDpc6JOzIl3wa5vWzYEG8F5vxv4+RQf3FmPlkIYaKWOCozR/EASEcQMEA"
    "3zaxz0VN/mURV5ytEQw6O0EMMZsrYOjN929PZGHR/fhiInQ65PGjmxHEZl7gPqM5wSJeO7"
    "osdCjfQOFf0WNZMIdCDfEQ/qfBf4UIk+LzYr+QYjz0KvyKPqXPaIE9/5sbF03FiFHzmfBr"
    "xHH4zXS8c8/M6hGqjncmc2w7ZbyroxUTge2EKu61xkw+UPH0okmtTj6qMlRRXCswcJixJf"
    "WUildkZQYYEHp60SQilI+qwbkUEyo2VmJ6ROI/qHPd5eW0866l8y4+12TgP1W6obNSA3JE"
    "f396enb29vTk7PLdxfnbtxfvThK3dPlSnZP6+vYncFHn3oKyzxpUD5XtJR6/wzyKHP3V/Q"
    "7z5rLBBvOm6PDKtPu7LG4vU9vjmpH4SwHpvNQAt/JOOisKJVQV6pyQRroh0qElMw7zLpXg"
    "LkkOEPMOarcviGljx/6noCeUikJJRF9ncag4XUoJvZzQ68RtYlM5YvI3PBq+QyVhD4YzAJ"
    "VTh+OXV64Nx8MzL/tHUJALNYtfuLEt2U3/+nD3RY51KlEMX7JNH/0farhCe6YN1+AOUNTj"
    "XoR4lLdB4AZF3G02pi5U/ZQYIZTrvNitYJCyckULkAt2teCTT3ZsAt7dfcphf31bXNRfP1"
    "/fcGVCTAQfZPsVlseBJMvT6TSe3kO0PUy8wKY0X74+yDsrt7skt7OuUN5ekHdVzPyPDsWq"
    "AfNTkBnU3vzD3dfrTzfo5/ubj7cPt9E+nUSLiov5feH+5uqTFOHQ8VDGeU1aQiqmM13lSx"
    "fcNeqwRkIa1CKoea9XGdj6+POytM6Y6nOsuU997OQKcDV8jcqC+lUqvkpclw5fBXUdPJXb"
    "oQ4eexsPVgXXWVOveS/TWVOvbfZLKRJNIp91+CVqEFbIf+AWMGpeBLefOl49SJg9801jKs"
    "tj0EDpYN4exaoK0OriVWNUG8SsjpPZXB+4+gtEV2Zbay09rrwxZNGli/AkCpiMO1xNRZxn"
    "HBqLqOusPijW6d3FA3U052FEc8ZNc5vHv8USuuTnqGXom7bAXpsO3rPKBQf0Dur2H71Kqt"
    "ftP3T7jz7h2+v2H2HGoMyiSHIJa0yJJGdxvQXxo4OfRGMLaLcbddwQOVvYIwi7bBk18A11"
    "8WN0tyAuClzfdnJmgI+fuRVg+yhYiPy0wLVYroUG1/k9n5UNij08X9sX/Tkv6uwLh7wQSb"
    "ZYfRxKIrQ7d1n3OR5biUMR74QqnKnUYCpXbwNMynehVlZYTlAbYYdohPEDnl9yiPXUagVI"
    "xHUIx8HMt1qTaImoLmTXK8t7kJjq4oC6OOC+rWul4oD7oob6+fZvwgypFambgvG9md/43m"
    "bPYMMPaCl36jLmyiG++WNBPf9Iwu5kro7qGB5hMxMxUKGr62IlGqs6DvyP0TmZUGv1HUNw"
    "NzQh0NN0ji1yjB5nBE1Fv9FSS1XbAz8twq6FTOxyKTQlvjnjIyh/MeWNXXf0XM3r9Of8HN"
    "XwOgeSyBX2l+oK2o6bnlKYD2W2Jys3mHDzrXTqsNWqnsTjB1inoJPaEMTzZH6rmsJgsUAr"
    "hHum9xUqVp00AZiPqq5YdVICWMeNvGYKa2q7Npu1mv6CqKYq+zzP3CKw+e3a9GDLSepZ7v"
    "MsR4ZPm5c5J6lnuc+zrElcTeLum2hcS+LuJzoKWDI+R0cVBBpcGq1lz57JqjF1lqQoCMaK"
    "S47Q0uP3JxaarBBGc8x84qGwtOsx+gGAAlYLAo88uuTXIToJCDBR23rpUZ+gwIU+6/CdZK"
    "zZLh65AWFGl67y9pSV2Rt5Jp4E/zk/MNYsmn0JW1+TcJER0jkX2SNeJecifNVU2IlUoisC"
    "aH+FyzsoOaW5iVem5yrklXeqR0CsKF1AX63P0GdApk8UhtTrFengMTQuUEniXNLAsdAMvx"
    "A0IcRFIA/NOJ7Jgl+cgVPMpeiBuNZPnm0JX5hwkvkVOZqb3W+9ZvDrEYOfyd+837RXrQ/6"
    "wTP/mSpnVDx+gC6K00atNWo6a5RKKXvEtBc2kdWXqyl9nxUaIMxnjTxBZzWeoLOyJ4gFk3"
    "8QU4JzdfHgjMggUK473bsoISzP467GuyKLW4PdBOyZP5fktFSDHY/XYLcAO1ZRFM2KjJi2"
    "KbRNoWpT2CY5kpsStrmmCIwlxjTmJcPhYb7kHK8gKg7WLloEbEZYGE/n02eu/hcC6myfIU"
    "HHhWVXRFjdFFK9QnKRf0TAeGAzGTW5o6c2sUEW/FtxJQs7QCtqQ6QXhkg6J6omSVlyEKde"
    "1/xZ7iVQWOdFOe0zLALrYH9KPUn165o1nJEZ4OrdcqCqOCbUXBqJiHZoFJXipg4NAeFY/N"
    "4W2KeCegbazoB2ebw286TUAoAR/iq1bACQkdUr4FBWQE8M1BsPs8CTWqjxpVGdiUrCQQ1t"
    "VLAFPWIS/onIAXMRNkVVntB8XGKG4IbEeo9mELUSmDO0BGNy6tE5Ipj/yXy+vkbCWHSpP4"
    "Mgl7DQ6HJGoeIPv0fZSt3hc3XaWZ+092q7NFoAikZSXkqbSIfZlO2Ac/mWM0nJkWp4o+ED"
    "ND07CDwS5eHK6Fb3zkwlNuqduanGNQlsx7dddgyP3cc23ElLTUiaVJqNRKAfkwHPG8xkcG"
    "VWnkFcxw9khFpyA4eTUNIVNRA3j1bZ9LMyOzxVQx5uB4EmF03iTC6qw0wuyvE8/GeydgxM"
    "UVZb4IdigeuU2Ncxzz1hWm4tMl9Qn7jmqiJbqTBiVMe72OlYhdylsKKOx/yoljLyKcIo2s"
    "JCLgS+k4WiHKOiuz7xEWYykeRsSydPkXArv5b8lnxw6PvXlEvPKBftme6IdnkmElKgTjOP"
    "BLTHrq1aHm1maqhnhDTybZGvohjrS1lV0ozNCln1TCPbYimr8IRWtOsTGW3WvwqPf1OlRB"
    "ubvTdCXGY/zfz7wD2SGSDp1XrjIxw39gK3aXCyy20B7KyYz75DE+ybM0RfwDLgpgJfO9gB"
    "RZ8wZAi7YQx/GGA2GCLAQfx5DBcdwoz3YeRw4C8Cn41C76zxL/gpI1EudITEPvRvI7EsbF"
    "c8SNQSBT8ux0YSydzLr6jdyX1Suattm3RRyDf0Ku4oK1W3mQ9LOYRtuER0t8AvJ/Sq4dOe"
    "d11FN4v0gVTR1Q7enjh4dcldXXJX+xc78y/yw9ZrN/t5Se1d7PMsay/y65jnNOZjslL0ZU"
    "lEdb+y2tqsWcTKSCvXaH3w8XR6sNCurdEqWV8bdIRiXP2TdYlVaQkVkYoPcKvDNcN32xYq"
    "h1k1UZtgup6qTWeyUYVbrnOIRBnkBVB1dkHowiH8h88oI5Dxwv9rW/wClGeA2zhMUKFuMJ"
    "8QL+ZBDTSj/NcKLnTKdVjIE4oJz1HUtVsUqA1EbQiLuvLat3v9MtKYEy9kyMMn6GiTXjKy"
    "0eSUAK9na1Ip3TFcM4y7ZRj731bqaDe4dtJUKjw2yvhWE7eJwGBo29M352/P351dniebQf"
    "JJ3Y4g4261pfsqLN1AtRd3KqHDNNcYtsE2WhznYzYOE9f1Vm0gbW+858Yjf6WTe/HelOyz"
    "6MqozjL7B500tsf42LAUQRgeT+c2I5HNYvuxufKeWzMEGUJvh5sbMmNqgzvpUJT+bCujOs"
    "MHz5XUyHj8AJPEL5uU/r6sLv19WSr9LcwLFXQTgQHC20HxQrxyKJbsFtVRARmR3ccF7Efn"
    "6CQCQJpEUtMwQJpCMgDvfyfGp8UPTnVTKZXal9dfm0nN3Pt9qCzes7dqSPPrEMzIWKjJqn"
    "NcENXz3Od5xr5P5gtZEaBKljAronnCIk8IJ2sLUItiuwP23YEAq+M1U43tvFG85nlNvOZ5"
    "OV5zKjqkteG3s4J6u+/zdh8Fy0gZ7rpGXlmp4b1O2ydNdOzza3vLepLu+gkz/4EQabJrcm"
    "1Ux9InBbabUfW/zIiLGJ2TCbVW3zEE4vxv85n4iK8aRixZg85GMhvQ730svPI62nSr73ia"
    "79FbWt2WBn2Hb16IcJWW9rT0Yu2mBt1/xwTGqfQkhuhIkAS34YttibpejhVVQcfiUpTqLm"
    "6NqGtK4jk3u9WWfZDVSt4Gyl2LrW535HYjU+lNjan0JjaVqjc98qLYGjcRGKCPbPvdh/WZ"
    "MpgzJU+V2ar6WUZEJxHVxloBUmVklYOt4HyNAnsOEtS1gVaZFdWnSKsY9wqVZ22sFfysxs"
    "FWQjHxadLIFFq+LEFrmRCTPxtSUWz/gwigWlLPYgh7oM1YJAyswgh4a4cvDS4FXU/9sPGp"
    "68visbp9mHLT1FGOctEtVHthROoWqrqF6r4h32RlZ2KMFNfvgFft9u0C2D/K4FYHzsXj+1"
    "FNZ1C9a3SunCSsrlFUXU1QnaQgl+COFN13BbHh+e86CWDULrzXzE3o+MZhz2/UyVtJ2c3K"
    "aPapln2q6GuvTD/dueSRvyuP8e0OEtq1HFR2YW1Quyb1b+VRV6ldk/OnDQPtTuvWfKZW4J"
    "CPdL7gcxZ+4TJhVxwzqmXuxGj+M+LhzWk8ISnyGT8gA86YMVvwqTSg1jYjHBiLjZDBQB0w"
    "0Mm34PTkzdmbkxMpS7fJvaQVZAIWVhkJ76xLyPSSeItWXTu1tyCrFd+DVIySV708/5XR63"
    "mhIdUR2lr4utgpJRqRQ3FVB59YooDnFEQO9niWofXD3dfrTzfo5/ubj7cPtxE7lbwV4iJ8"
    "xD+wQ73o/ubqUzHvIjw2Fd3JWSHNXRcghRNbEdCMiIaz3kSK9aENLaSv0W0OE9K1plFmQc"
    "nd8+U9YAug/gwdDPD8c3K/gaKb2/9y+N5zReL+9uPj3uIfKLWA0ZYHfSYXR/WWFLXGJoxr"
    "XgbUNqFOJgQhZOLTLRt7adfWh//+6RgZokFS1BPJZiK+c0E8Rt2whSuBwIQl5v/mgLuIut"
    "yKstmYLzwozAnRnUJE3BnKeCL+Pd0nWbB8X75UrVGXuC2JZ1Pxr6Qluzb0+mjoab90l366"
    "5C1o7KJLJAYIcBO/f7Xbv+T1T3YWBXyzMgNEeMtlWdnLk4RFrumPGgnoHr+jlt1R04Nbzr"
    "pVrOqc1KvuBherMZJ1S6lDsFuhRWTEiquXy3UFW/LJjlfv3d2n3Oq9vn0sbApfP1/f8NPu"
    "z3m+RVbmwmpT3ykjppMzes0Da/JHkz/7pifWkj/74yZuXN9bHVVwE+HF0VpugvBxNmlITv"
    "yFLhPzH02J44/QG8ijuOB2f87iT1s3g7lv0sCFBiDU+wBtQbg570HQtm8gjiZD2EX2fEE9"
    "H/FrFgjgJz4jZRpi94/X1Xf7s5WNaqgEWMpluOubjsQyQ3IVbqPliEtlFkCd6RVLtLS9Ds"
    "dJ2JXppWp0aXPrfejw58rJfKFqAOQEtQnQaxMATvI4Xq35hpSV0ptSy01pSbDQeZSQzwhp"
    "4FsCP+U6OPVkQbQ1wGeENPBtgU9tA0Xw84Kag247Azrh6TUf9prv03yf5vsq+b5bwVIdVR"
    "B+0dXRWsYvJLsaMn53LkHBAlq9ECsKyoFiKTO65BIekGUQozMhxEU+foZaKO4xMkTZa2aI"
    "oYZ46BwvDFFFJYoVgvztMsHX+dM0n9efrWpUw+fpVP6u4ysWEF5KmATjetY0KzeYzgvboE"
    "09umRjyFUrI1oJZk5mMGhusd+tLJiiT62Zdxgg2EF5ifisVDN2s1Kaamhp6IZKGJHoFJWb"
    "RVZE7xWl3LZne7FQwjMjoeEsbb2in4oCmqmABlPaNkiRz01l9B7bco/V3Zoyhe8alSA/rS"
    "lBflru1qTZ2tfM1k5t12azdt268qK6TFWf51mz8pqV16x8NSvvMvtpFp25Ml4+vj5az8xn"
    "hzZvDyNaV/Gv6KyYzWQZuojhFRtlyfARmqyErMm/Coj4cDPjhXiM392oaSDT0cM2IOb7sz"
    "/tteVMN0S8R2KvUnPTJZXRgRCtbZcwLH/MV6qKFV4UG1Js89bM8WjjUfV8ZMSGBOs2fB9Q"
    "di1oX7Et2L8pqG2BSlugpLyq6FrrFF0orkr5fzpWc/twMm9Zyd1Icf1CfXtqR0HSEsU1d7"
    "1WcXUzIxsqro/QdVBUelkQD5mY/+73yBD/Fxlc4awhjJLOHtBmxyNJnx3/GD3avkNExIdI"
    "BoNYDxp4XO90Cd+nQTauOSMa+JQV2n19CWkJm1I3IPgaumpNLzVi3RdI9wXaN+SbrGxdf0"
    "myas+a1F86q66/dFaqv+TD2aCCbiIwQHg78T7BmVsG+JH8UWG/xeMHgW+dUXHz98ecPVHq"
    "rZRjJOLhxYZLus3V5lPRSZurUDlU2FkSgeG5tTsJi7PZ2CNYcjSuK+MUS+kqTgpVnHQQgS"
    "aURvtw3uX6+kg4kGLfn2oOhLrcoIf2A6KJTuNCv47tPoe+MKiHOxcBdMfocUaQuA+0HybO"
    "FNgGi3j2C7HC7sPgSfPo8juGbCumGpjPl560cG83D2nT4ngReHz1EN3fWPMYvVSpNY/RJy"
    "tGgceINxaVJZyK6LXbYO1qJe21KWm5YIQ/Fja/XYvZz0tq526vpxmCRlrMcUZMB/L2bX4V"
    "bK1sYWXbkWUGqzbxvOdf5FBnfLctPH/m00wg8kFihybXRnU26CIa1dD6fIjLqEJBBYwYPw"
    "6Jj7iVCA5vym8jcZk3lGnk4Y4EtI9b24aHcMxr27BPJ6+KbRjuM8qwZqU0qPUpLPFeXgJY"
    "OYvlamH/nN7sMLFdG+aXX1x9SmeJWg7KlZDw0hodRAxq3ukuHP8BGVbgCX1StPa28Iodp/"
    "khcf12kUEimsGJvBObf8QfEYi+dO/RckYFSU1cjzqQecLX2oqhpe3PQNL2JArNXr6BLkHV"
    "n02tTgdiTiDpQFVTgCoavx19Z68By3lt57JJ77TL6uZpl6XuaTo2qusQhuw3K+FcHSJVEB"
    "sE2ruOlDI5NE/Uk4Sm1UXopDKDAL3r6Mr4tC6DXJ/DlZXTSVwFTO3p1Db5t1NaunmpAS7e"
    "7Rv7c674ydrVVO/LqcQOi1vuwzPWxYbMH+0yJ01QahrCWpTToaz1U9MilNVm44VH5nYwlz"
    "gb1gRbZgR1vKVCvCWHjpvl9kuLNqWp3A4Rjw2fgwW8Mt28X5nmb7rVULaWvc91ZezQp3El"
    "rLVqdlF0eCHx2zfXdfDPa4sayEWFLKyWs5+X1LN/KLPfLmaEWoFDNgwaibwMn8W9DtByrI"
    "wdyZf28agzJ66/IVhQCyPjlhkKVDtwcEXrq9rNlS7Atc6ucWbhN2unwnyyAPcRrvI+zW03"
    "8Ak7Rrc+mhCHuk8MuhyD9ynSXBgyIEtjnDioggUfMRKlKMDfRAN/hAz+WlcXdNvrN9E+MO"
    "0D6/0Opb1g2gs2GLR37gWjrk9kbTSr+daMyO6p1v1A3wmpqn1j2/eNUc+C2mzwO1RhLYhq"
    "ZAunIAChcghG4wexKxfPwEZHYM0JKK1k8Xtge7IisuurWaSSmu9vzvdr965272r3LnyWZQ"
    "YU3F9FMe0DKx2atAWseaFWoPbN8bVt16J2dL0yV4d2dOnZz/RDxnP1RLGMlE4UW5soFnur"
    "NkwUG57fa1TOEsusLNUssXxrBi4o146VEvqFn+tjcrsBYd+pz/HeZs8/OvjpSOJuTK6N6j"
    "yNHh81nvJhCk5GnxubYdk3NqNLYiE+ABo2wb3ep5Xs4T2zkoL1SxgPn2K+cSHD4R86Bnrz"
    "LTg9eXN2iabUcegyTIP7+B8PD/cPiD+XwBqQ+xf38SW0a7E/R8GozrVIA89UYv5SiSFyf1"
    "vPMgjhUtRnckIbrO2eGYrbqSUgtiJV+j8R0sS/Nra1uZXOPmgCirtTTkgbW4UXqj99MA8W"
    "zhrbVffpbWK1rm1hVt4DtgDqx+RGA4U1t/H1qWLMgzkjQAt8xt7zkcTAzV0f1Rm5LBo5nv"
    "OhTRvJxf2Ifdt8DgNZ49tY6B90ktY9X3h0bjNivedDxGA7/Ux0gRsl5Vswe5a1i+v0URsY"
    "reL/pVeo2oqKx+syJQULKg7QrDZZYf7HMKWqCmtOUBfB7Z1iqpDw0ulmyg89DjM/96RbaX"
    "q1fiMNx42fyapxIS4+NuLpuDBD2IQCZWGDCPZBUG0uWRIWXR8hbvCG46HlpUt9FNZ5tiAr"
    "wJ6uZJW2unjElrm+6k1TqiIf/pa5LdKpestcenyhSoPPavrHZ4R0A/kRatdAfs7PHJnFUr"
    "3IUwnNr+qWCFpNOJSWCIfDtR/ELPdFGfTxdCrVA8WFehUwGbJW9/tlRpEXuKE/lRHvxTbJ"
    "B2R41AnboBvYmtuugajH/+liZ8V84xgZ1F+MIXvU4DYsmlLodQ41UhlxqMQX3NVDtK+3P9"
    "RpnRZIoKGEiiqSCAxO5T69aEJT8FHVnZAvSpmkC8zYknpqhfozMgPU904vLhrhfFGD80UR"
    "Z7EhEa6+SQ79OoMmL9fSpjmcY74rkyY+D2TgP1Xn32WkBhT0/v3p6dnZ29OTs8t3F+dv31"
    "68O0kc8uVLde7569ufwDmfewvK3no4q1W2l3j8ALeW7ZuSuiSf7jmtbXed6KFnf/82fWZX"
    "dpn9NPPHYLlKNmaF0Pnb8E73QZOg+Z6pG3uJmX9YcY1tXuUISy6OakkQMUzZDUanIUshpO"
    "Pu6H8S4I+QGXiMeiPkkSlfkTOIST+9/PMIRR4LNFkhjEIeHYUKf5UrrIvHbECH9KGFco+s"
    "dO0YG64VqR1j2jGm1ashukweAVFifYa/ZIpD7nqt7uCHI8fppSbqgxiNIllEIcKPf9cVWh"
    "C6cMgxMqAlqvEeGVO+rEy+qRgjZMyxb8744gi9H5AZZ3yAnrpzPi+IuiSMNQRJ8JRAr22Z"
    "SrGrR39zv7mGyR9mIACXZUuBxjoNXA5Dd+LvY0MNUDgKDTFgye9Il6JEaNRYT6T7LfkgBm"
    "8cM5IkQAionBPMAoj8wVCElNn87tHlb+6SBo7F9aSFg034mdCeWLiUGMEQmRk334sUre+Y"
    "UL4MAZcuRXpIPiTVRsRDbj+89Tph8MqqgBuPHyC4503qkJ5XlyE9L1ch5Uu6DG51Yap4vC"
    "6CuUHpqfAgUYE9ldDAb9bSCTQFdU9GLKWbOSk4MkDfUeMQYglNIIxaEgixcaBu3+YltX2r"
    "7Vsl+1bkjkrs2jintNqehbTM5l3Z+VjqcmNKRGGFlYuFTQV2FDefuFk1w2wmrEMXceg8kc"
    "kBJllozn1AxoK4FiShRMJ8KNiTkMYh0jdsfo+VnBzf8dO1+XcY5l9FCGHdSVcVRKgDrpqe"
    "dJlXsAX0lTXP9QQ0nYDcRqY2BSVRPQkbvQXxyaFo2JSFtX2jYN/sJbK5Z0t+B4HNU9tj/l"
    "heSqBuk8nL6R2m5Q4j6gOoo58T0+C3BB/M7TGdjie2x18wpQkoiepJaDkJHCBLLSgjlRje"
    "Hr/9mAz8wg0rCb7VdHgqsREd3jOc98CGLzwytwNJ0et1hHhGUOuMCjojZEW41F3NaSCL21"
    "2XUJEV1bir4T7BrtvG95PKacQVEAcvwT+pq9hENJXZYbepr48fuyIcu+7T6mD3KcBPSihn"
    "ZXaIMnF3A/JZExv0rNoEPStZoP6MqNWxSwR2CG8YRLYbiN81QPhdJcDvShY+df0xs/+phH"
    "FOaIc4z4kVKT4HhzNX2qbEI66pFnxSENtrL7rIq4jN0J92HA0aZ77jYDrUzSm1xqBngzE5"
    "lrVTA49+RVqARLbOpz8oawl88QUsl4Q8O6sxC+Zz7K0UwZQKv2Y04/4/LRdnhfhrRlR4Yi"
    "Z8TzNbBe9IxHXxrr5F6ug8JD37Osn/dc5+qyT/CbzqkAQlIa0UMvyv49s8EBZ32D3MSNpy"
    "on9uT51hf8NiCNzc9IeOkmczmf2nBNPQelrkY2r+WFBv05XEt3F8I240VJh08071/WnjZf"
    "WZ2/XAiQ12VQFxsQWMblzfWw0Zo7E938IuBVDdzoe8S+X707ZHKtsNd4g4EezJvaMKGEGu"
    "x5U5s8kLmZODbCHZCKqIvtpwQQFYw+sUrlZ5q1TPrAbTO5c8Uv6fhpta5n4HyXLJkVVMyM"
    "q+jBW5WYX3tT5Na4zT0c1Stqp/tiS56dekkWHmOUe/6ZynPuY8ifOiTYuJrKAmsA6FwMoF"
    "bKZvp2JP17Kkbu2qO+VuG84S2ao75XbYKRfnNYgNkR2m/VAEuLwP9qlxbtY0qVAbM5bLGp"
    "Uxay01yPB3EXE96gAyI2S7Ijk+U8MNo+h+x8gQ/yKMJRn4C+KZXI7/KBhq+wx55PdANGac"
    "C46RpV0bLX5jSYr/zh9fqwZHD9MqcC9V4GhdlBGvbPeRkWjV7aNv213U7uP0zfnb83dnl+"
    "dJl4/kk7rmHuWYcX44+LK8iOoo0FRihyGgtjuOX/6uVmzXRfWy379wYjsUVyzfrFAB7ilI"
    "dQX4ye63hR/uvl5/ukE/3998vH24jYI7EyNMXISP0gSI+5urT+XV7LWL8shLaiP5EI3kyD"
    "3aLsarIKtj+fo80yLVPewZ3mq2ZfL6nT/ElRAHNqup4XkpzeBoQkwTYj3ja5QIsUXKjWyI"
    "6vD8w0Vg83tfDtt7vh3f33583BcLdkU825wdSQiw6MqojvvC6Zit+kg3YYIqeQnpVimhJK"
    "IZ3IwB6j0f0YLxqSYoqimfDhmKLiHuvuAXvFQKCEfDB4jum5Mm9f75qGri56RU8Z8/0Ze6"
    "aqoTgDMiuvy8YkKvQuLH9g+zf/8/2yq7ew=="
)
