"""What is learnt: each person's insights and charts, models trained over many, the analysts' runs."""

from __future__ import annotations

from typing import Any

from tortoise import fields

from core import clock
from models.fields import instant, key, sealed
from models.table import Table


class MoodInsights(Table):
    """What the last analysis of somebody's diary says, sealed JSON, by the code of that `version`."""

    user: Any = fields.OneToOneField("models.User", related_name="insights", primary_key=True)
    report = sealed()
    entries_used = fields.IntField()
    version = fields.SmallIntField()
    computed_at = instant()

    class Meta:
        table = "mood_insights"


class MoodChart(Table):
    """A picture of somebody's diary, sealed SVG. `local_date` is the person's date it was drawn on; `is_stale` once the diary has changed."""

    id = key()
    user: Any = fields.ForeignKeyField("models.User", related_name="charts", db_index=False)
    kind = fields.CharField(12)
    period = fields.CharField(4)
    language = fields.CharField(8)
    svg = sealed()
    local_date = fields.DateField()
    is_stale = fields.BooleanField(default=False)
    made_at = instant()

    class Meta:
        table = "mood_charts"
        unique_together = (("user", "kind", "period", "language"),)


class TrainedModel(Table):
    """A model trained over many people. `kind`: `forecast`, `matching` or `risk`; at most one of a kind is used.

    `code` names the version of the code that trained it, `data` the window and counts it saw, `scores` what it was measured at beside what it
    would replace. `body` is sealed with the system's key `model`.
    """

    id = key()
    kind = fields.CharField(12)
    code = fields.CharField(40)
    data: Any = fields.JSONField()
    scores: Any = fields.JSONField()
    is_used = fields.BooleanField(default=False)
    body = fields.BinaryField()
    trained_at = instant(default=clock.now)

    class Meta:
        table = "trained_models"


class InsightRun(Table):
    """An analysts' batch over the local dates `first_date` to `last_date`. `files`: its outputs, each `{name, file, bytes}`, sealed in the file storage."""

    id = key()
    requested_by: Any = fields.ForeignKeyField("models.Staff", related_name="insight_runs", null=True, on_delete=fields.SET_NULL)
    first_date = fields.DateField()
    last_date = fields.DateField()
    status = fields.CharField(8, default="queued")
    progress = fields.SmallIntField(default=0)
    files: Any = fields.JSONField(default=list)
    error = fields.CharField(200, null=True)
    created_at = instant(default=clock.now)
    started_at = instant(null=True)
    finished_at = instant(null=True)

    class Meta:
        table = "insight_runs"


class InsightShard(Table):
    """A part of a run's people: those whose id's hash falls to `number`. `file` holds its features, sealed, until the run is done."""

    id = key()
    run: Any = fields.ForeignKeyField("models.InsightRun", related_name="shards", db_index=False)
    number = fields.SmallIntField()
    status = fields.CharField(8, default="queued")
    file = fields.CharField(120, default="")
    people = fields.IntField(default=0)
    finished_at = instant(null=True)

    class Meta:
        table = "insight_shards"
        unique_together = (("run", "number"),)
