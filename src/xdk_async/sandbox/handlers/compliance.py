"""Batch compliance jobs: made by the API, fed by an upload, read by a download."""

from __future__ import annotations

from xdk_async.api import models
from xdk_async.sandbox.ask import Ask, Reply, handles
from xdk_async.sandbox.member_stream import status
from xdk_async.sandbox.problem import wrong
from xdk_async.sandbox.record import Job
from xdk_async.sandbox.shape import one, whole_list

NAME = 64


@handles("compliance.create_jobs")
def create(ask: Ask) -> Reply:
    """Make a job; its answer says where to upload the ids to."""
    body = ask.body(models.CreateComplianceJobsRequest)
    if body.name is not None and len(body.name) > NAME:
        raise wrong("name", body.name, f"The name of a job has up to {NAME} characters.")
    secret = ask.sandbox.uuid()
    job = Job(ask.store.ids.next(ask.now_ms), body.type, ask.now_ms, secret, body.name, bool(body.resumable))
    ask.store.jobs[job.id] = job
    return one(ask, "compliance_job", job, "id", job.id)


@handles("compliance.get_jobs")
def get_jobs(ask: Ask) -> Reply:
    """The jobs of a type, latest first."""
    scene = ask.scene()
    wanted = ask.query.get("status")
    found = [
        job
        for job in reversed(ask.store.jobs.values())
        if job.type == ask.query["type"] and wanted in (None, status(scene, job))
    ]
    return whole_list(ask, "compliance_job", found)


@handles("compliance.get_jobs_by_id")
def get_job(ask: Ask) -> Reply:
    """One job."""
    return one(ask, "compliance_job", ask.store.jobs.get(ask.path["id"]), "id", ask.path["id"])
