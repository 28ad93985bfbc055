"""o200k tokens, counted by the npm package gpt-tokenizer (MIT)."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from shutil import which

TOOLS = Path(os.environ.get("HOMEPORT_NODE_TOOLS", Path(__file__).parent.parent / ".node"))
COUNT = """
const {encode} = require(process.argv[1] + '/node_modules/gpt-tokenizer/cjs/encoding/o200k_base');
const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(texts.map(text => encode(text).length)));
"""


def missing() -> str | None:
    """Return why tokens cannot be counted here, or None."""
    if which("node") is None:
        return "node is not here"
    if not (TOOLS / "node_modules" / "gpt-tokenizer").exists():
        return f"gpt-tokenizer is not in {TOOLS.name}: run make .node/.ready"
    return None


def tokens(texts: Sequence[str]) -> list[int]:
    """Return how many o200k tokens each text has."""
    counted = subprocess.run(
        ["node", "-e", COUNT, str(TOOLS.resolve())],
        input=json.dumps(list(texts)),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: list[int] = json.loads(counted.stdout)
    return found


def visible(answer: object) -> str:
    """Return JSON as a model reads it."""
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
