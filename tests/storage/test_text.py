import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.storage.text import clean_text, plain, safe_name, safe_text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"nm", "nm"),
        ("µm", "µm"),
        (b"\xc2\xb5m", "µm"),
        (b"\xb5m", "µm"),
        (b"20 \xb0C", "20 °C"),
        (b"V\0\0\0", "V"),
        (b"V   ", "V"),
        ("odd\udcb5m", "oddµm"),
        ("half\ud800", "half\\ud800"),
        (b"\x80\xff", "\\x80ÿ"),
        (3, "3"),
        (b"", ""),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
    ],
)
def test_text_of_a_file(raw, text):
    assert safe_text(raw) == text


@given(st.one_of(st.binary(), st.text(st.characters(codec=None, categories=None))))
def test_whatever_comes_in_can_be_sent_on(raw):
    for text in (safe_text(raw), safe_name(raw), clean_text(raw)):
        text.encode("utf-8")
        assert json.loads(json.dumps(text)) == text


def test_names_keep_their_blanks():
    assert safe_name(b"name ") == "name "


def test_labels_lose_line_breaks():
    assert clean_text(b" m\n") == "m"


@pytest.mark.parametrize("trick", ["\x1b[2J", "\r", "\u202e", "\u2028", "\u200b", "\0"])
def test_a_terminal_gets_no_control_characters(trick):
    assert trick not in plain(f"a{trick}b")
    assert plain("µm °C 日本") == "µm °C 日本"
