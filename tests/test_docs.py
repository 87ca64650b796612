"""The code of the pages for users runs as it stands there, piece by piece."""

import re
from pathlib import Path

import pytest

from usid_lab import samples

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "docs/processing.md", "docs/analysis.md")


def blocks_of(page):
    """Give the code of a page, each line at its number."""
    text = (ROOT / page).read_text("utf-8")
    for found in re.finditer(r"```python\n(.*?)```", text, re.DOTALL):
        yield "\n" * text[: found.start(1)].count("\n") + found[1]


@pytest.mark.parametrize("page", PAGES)
def test_the_code_of_a_page_runs_as_it_stands(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("sts", "be_line"):  # less to compute, and no less to say
        small = getattr(samples, name)
        monkeypatch.setattr(samples, name, lambda path, make=small: make(path, "small"))
    samples.beps("beps.h5", "small")
    names = {"__name__": "page"}
    for code in blocks_of(page):
        exec(compile(code, page, "exec"), names)
