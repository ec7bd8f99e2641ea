"""The request for a cloud's stack, as `cloud up` makes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from retailops.cloud.stack import cloud_of, request
from retailops.model import load_chain
from retailops.model.sample.write import write_sample
from retailops.ports import Secrets


def test_a_promotion_under_way_is_not_scaled_back_in(tmp_path: Path) -> None:
    write_sample(tmp_path, 1)
    chain = load_chain(tmp_path)
    public = cloud_of(chain, "public")
    assert public is not None

    def config() -> dict[str, Any]:
        return dict(request(tmp_path, chain, public, cast(Secrets, None), tmp_path / "word", None).config)

    usual = config()
    burst = tmp_path / ".retailops" / "bursts" / "double-twelve-2026.json"
    burst.parent.mkdir(parents=True)
    running = {"event": burst.stem, "cloud": "public", "stack": "public", "nodes": 7, "replicas": 14, "attempt": 1}
    burst.write_text(json.dumps({**running, "state": "started"}))
    assert config() == {**usual, "public:size": "7", "public:replicas": "14"}
    burst.write_text(json.dumps({**running, "state": "ended"}))
    assert config() == usual
