"""Every sample of the page on connections runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import trustme

PAGE = Path(__file__).parents[2] / "docs" / "transport.md"


async def test_the_samples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("X_BEARER_TOKEN", "token")
    authority = trustme.CA()
    authority.cert_pem.write_to_path("company-authorities.pem")
    shown = authority.issue_cert("client@example.com")
    shown.cert_chain_pems[0].write_to_path("client.pem")
    shown.private_key_pem.write_to_path("client.key")
    scope: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        exec(block, scope)
    assert "AsyncClient of https://api.x.com" in repr(scope["client"])
