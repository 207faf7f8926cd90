"""Carries messages to webhooks: challenges their addresses, signs what it brings, comes again when nobody takes it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import secrets
from typing import TYPE_CHECKING, Any

import httpx

from xdk_async.sandbox.clock import DAY, HOUR
from xdk_async.sandbox.vocabulary import is_object
from xdk_async.sandbox.webhook_record import Delivery, Webhook

if TYPE_CHECKING:
    from xdk_async.sandbox.world import Sandbox

PATIENCE = 10.0  # seconds that a delivery may take
CHALLENGE_PATIENCE = 3.0
PAUSES = (1.0, 5.0, 30.0)  # seconds before a delivery is tried again
AT_ONCE = 50  # deliveries on their way
LOST_MS = 28 * HOUR  # of failures after which a webhook counts as invalid
HEADER = "x-twitter-webhooks-signature"
LOGGER = logging.getLogger("xdk_async.sandbox")


class Courier:
    """What calls out. `transport` carries it, instead of the network."""

    def __init__(self, sandbox: Sandbox, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._sandbox = sandbox
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)

    async def challenge(self, url: str) -> str:
        """What is wrong with how that address answers a challenge; nothing, if it passes."""
        token = secrets.token_urlsafe(24)
        expected = f"sha256={self._signature(token.encode())}"
        try:
            response = await self._http().get(
                httpx.URL(url).copy_merge_params({"crc_token": token, "nonce": secrets.token_urlsafe(12)}),
                timeout=CHALLENGE_PATIENCE,
            )
            answer: Any = response.json() if response.status_code == 200 else None
        except httpx.HTTPError as error:
            return f"{type(error).__name__}: {error}".rstrip(": ")
        except ValueError:
            return "the answer is not JSON"
        if response.status_code != 200:
            return f"the answer has the status {response.status_code}"
        given = answer.get("response_token") if is_object(answer) else None
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected.encode()):
            return "the response_token is wrong"
        return ""

    def send(self, webhook_id: str, body: bytes) -> None:
        """Bring a message to a webhook, now or when there is a running loop; keep it for a day."""
        store, now = self._sandbox.store, self._sandbox.clock.ms()
        while store.deliveries and store.deliveries[0].ms <= now - DAY:
            store.deliveries.pop(0)
        delivery = Delivery(webhook_id, now, body)
        store.deliveries.append(delivery)
        self.bring(delivery)

    def bring(self, delivery: Delivery) -> None:
        """Bring a message that is kept already."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return  # `resume` will
        task = asyncio.create_task(self._carry(delivery), name="sandbox delivery")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def resume(self) -> None:
        """Bring what was not brought before."""
        for each in self._sandbox.store.deliveries:
            if not each.delivered:
                self.bring(each)

    async def idle(self) -> None:
        """Return when everything has been brought, or given up."""
        while self._tasks:
            await asyncio.wait([*self._tasks])

    async def aclose(self) -> None:
        """Bring nothing more."""
        for task in [*self._tasks]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _carry(self, delivery: Delivery) -> None:
        for pause in (*PAUSES, None):
            webhook = self._sandbox.store.webhooks.get(delivery.webhook_id)
            if webhook is None or not webhook.valid:
                return
            async with self._room:
                delivered = await self._try(webhook, delivery)
            if delivered or pause is None:
                return
            await self._sandbox.clock.sleep(pause)

    async def _try(self, webhook: Webhook, delivery: Delivery) -> bool:
        """Whether it was taken; a webhook that redirects, or has failed for long, becomes invalid."""
        headers = {"content-type": "application/json", HEADER: f"sha256={self._signature(delivery.body)}"}
        status = 0
        try:
            response = await self._http().post(webhook.url, content=delivery.body, headers=headers, timeout=PATIENCE)
            status = response.status_code
        except httpx.HTTPError as error:
            LOGGER.info("webhook %s: %s", webhook.id, type(error).__name__)
        now = self._sandbox.clock.ms()
        if 200 <= status < 300:
            delivery.delivered, webhook.failing_since_ms = True, None
            return True
        webhook.failing_since_ms = webhook.failing_since_ms or now
        webhook.valid = not 300 <= status < 400 and now - webhook.failing_since_ms < LOST_MS
        return False

    def _signature(self, message: bytes) -> str:
        digest = hmac.new(self._sandbox.api_secret.encode(), message, hashlib.sha256).digest()
        return base64.b64encode(digest).decode()

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            limits = httpx.Limits(max_connections=AT_ONCE)
            self._client = httpx.AsyncClient(
                transport=self._transport, trust_env=False, limits=limits, headers={"user-agent": "xdk-async sandbox"}
            )
        return self._client
