"""A bar in a terminal, and nothing elsewhere."""

import io
import sys

import pytest

import usid_lab as ul


class Terminal(io.StringIO):
    """A stream that says that somebody looks at it."""

    def isatty(self):
        """Say so."""
        return True


@pytest.mark.parametrize(("stream", "seen"), [(Terminal, True), (io.StringIO, False)])
def test_a_bar_is_drawn_where_somebody_looks(spectra, monkeypatch, stream, seen):
    _, dataset = spectra()
    screen = stream()
    monkeypatch.setattr(sys, "stderr", screen)
    process = ul.process(
        dataset, lambda b: b.sum((1, 2)), name="Sums", outputs={"Sum": {}}
    )
    process.compute()
    drawn = screen.getvalue()
    assert ("48/48" in drawn) == seen
    assert ("Sums" in drawn) == seen
    assert ("the results are in 'scan.h5'" in drawn) == seen


def test_a_program_without_streams_computes_too(spectra, monkeypatch):
    _, dataset = spectra()
    monkeypatch.setattr(sys, "stderr", None)
    process = ul.process(
        dataset, lambda b: b.sum((1, 2)), name="Sums", outputs={"Sum": {}}
    )
    assert process.compute().state == "done"
