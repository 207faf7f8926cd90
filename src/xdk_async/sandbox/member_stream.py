"""The members of likes, stream connections and compliance jobs: how each follows from what is stored."""

from __future__ import annotations

from xdk_async.sandbox.clock import DAY, MINUTE, SECOND, iso
from xdk_async.sandbox.member import Members, Scene
from xdk_async.sandbox.record import Job, Like, Session

UPLOAD_MS = 15 * MINUTE
DOWNLOAD_MS = 7 * DAY
ENDPOINTS = {  # as connections call the streams' operations
    "stream.posts": "filtered_stream",
    "stream.posts_sample": "sample_stream",
    "stream.posts_sample10": "sample10_stream",
    "stream.posts_firehose": "firehose_stream",
    "stream.posts_compliance": "tweets_compliance_stream",
    "stream.users_compliance": "users_compliance_stream",
    "stream.labels_compliance": "tweet_label_stream",
    "stream.posts_firehose_en": "firehose_stream_lang_en",
    "stream.posts_firehose_ja": "firehose_stream_lang_ja",
    "stream.posts_firehose_ko": "firehose_stream_lang_ko",
    "stream.posts_firehose_pt": "firehose_stream_lang_pt",
    "stream.likes_firehose": "likes_firehose_stream",
    "stream.likes_sample10": "likes_sample10_stream",
    "stream.likes_compliance": "likes_compliance_stream",
    "stream.activity": "activity_stream",
}


def _author_of_liked(scene: Scene, like: Like) -> str | None:
    post = scene.store.posts.get(like.post_id)
    return post.author_id if post else None


LIKE: Members[Like] = {
    "id": lambda _, like: like.id,
    "created_at": lambda _, like: iso(like.ms),
    "liked_tweet_id": lambda _, like: like.post_id,
    "timestamp_ms": lambda _, like: like.ms,
    "tweet_author_id": _author_of_liked,
}
CONNECTION: Members[Session] = {
    "id": lambda _, session: session.id,
    "endpoint_name": lambda _, session: ENDPOINTS[session.endpoint],
    "client_ip": lambda _, session: session.client_ip,
    "connected_at": lambda _, session: iso(session.connected_ms),
    "disconnect_reason": lambda _, session: None if session.disconnected_ms is None else session.reason,
    "disconnected_at": lambda _, session: None if session.disconnected_ms is None else iso(session.disconnected_ms),
}


def status(scene: Scene, job: Job) -> str:
    """How far a compliance job is; one that nothing was uploaded for in time, or that is old, has expired."""
    if job.result is not None:
        return "complete" if scene.now_ms < job.created_ms + DOWNLOAD_MS else "expired"
    return "created" if scene.now_ms < job.created_ms + UPLOAD_MS else "expired"


def _whole_seconds(ms: int) -> str:
    return iso(ms // SECOND * SECOND)


JOB: Members[Job] = {
    "id": lambda _, job: job.id,
    "created_at": lambda _, job: _whole_seconds(job.created_ms),
    "download_expires_at": lambda _, job: _whole_seconds(job.created_ms + DOWNLOAD_MS),
    "download_url": lambda scene, job: f"{scene.base_url}/compliance/{job.id}/{job.secret}/download",
    "name": lambda _, job: job.name,
    "resumable": lambda _, job: job.resumable,
    "status": status,
    "type": lambda _, job: job.type,
    "upload_expires_at": lambda _, job: _whole_seconds(job.created_ms + UPLOAD_MS),
    "upload_url": lambda scene, job: f"{scene.base_url}/compliance/{job.id}/{job.secret}/upload",
}
