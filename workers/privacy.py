"""Jobs about people's rights to their data: exports, erasures, what is kept how long, the audit's chain."""

from __future__ import annotations

from core.jobs import handles
from domain import audit, erasure, exports, retention
from domain.audit import LinkAudit
from domain.erasure import FinishErasure
from domain.exports import MakeExport
from domain.retention import EnforceRetention


@handles(MakeExport)
async def make_export(job: MakeExport) -> None:
    await exports.make(job.export_id)


@handles(FinishErasure)
async def finish_erasure(job: FinishErasure) -> None:
    await erasure.finish(job.erasure_id)


@handles(LinkAudit)
async def link_audit(_job: LinkAudit) -> None:
    await audit.link()


@handles(EnforceRetention)
async def enforce_retention(_job: EnforceRetention) -> None:
    await retention.enforce()
