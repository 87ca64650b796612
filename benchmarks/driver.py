"""Drive the browser: one Node process takes all samples of a benchmark."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def drive(script: str, plan: dict[str, Any]) -> dict[str, Any]:
    """Run `script` with `plan` on its standard input; returns what it prints."""
    # Playwright is installed beside the browser tests.
    done = subprocess.run(
        ["node", str(HERE / script)],
        input=json.dumps(plan),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=os.environ,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result
