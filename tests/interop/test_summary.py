"""What a notebook shows of a dataset."""

from html.parser import HTMLParser

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.interop.summary import size_of, span_of
from usid_lab.model.dimension import Dimension
from usid_lab.storage import FileWriter


class Page(HTMLParser):
    """Tags, attributes and the text of each cell; complains of what is not closed."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.cells, self.attrs = [], [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attrs += attrs
        if tag != "br":
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if {"td", "th"} & set(self.open):
            self.cells[-1] += data


def test_a_notebook_shows_a_table_of_dimensions(image):
    html = ul.open(image).main_datasets[0]._repr_html_()
    page = Page(html)
    assert page.cells[:4] == ["Dimension", "Size", "Values", ""]
    assert page.cells[4:] == [
        "Y", "3", "0 to 2e-06 m", "position",
        "X", "4", "0 to 3e-06 m", "position",
        "Bias", "5", "-1 to 1 V", "spectroscopic",
    ]  # fmt: skip
    assert "<b>Raw_Data</b> · Current (nA)" in html
    assert "float64, 480 B, raster, data.h5" in html
    assert "USIDataset /Measurement_000/Channel_000/Raw_Data" in html


def test_points_are_shown_with_what_lies_along_them(tmp_path):
    with FileWriter(tmp_path / "a.h5") as writer:
        writer.main(
            "/", "Main", np.zeros((3, 2)), quantity="q", units="u", points=True,
            position={"Y": ([1.0, 9.0, 4.0], "m"), "X": ([3.0, 1.0, 2.0], "m")},
            spectroscopic={"V": ([0, 1], "V")},
        )  # fmt: skip
    dataset = ul.open(tmp_path / "a.h5").dataset("/Main")
    assert repr(dataset).splitlines()[1:4] == [
        "  Point: 3  0 to 2    position",
        "  (Y)       1 to 9 m  position",
        "  (X)       1 to 3 m  position",
    ]
    assert Page(dataset._repr_html_()).cells[8:12] == ["Y", "", "1 to 9 m", "position"]


def test_text_of_a_file_stays_text(tmp_path):
    evil = "<script>alert(1)</script>"
    with FileWriter(tmp_path / "<img src=x>.h5") as writer:
        writer.main(
            "/", evil.replace("/", "|"), np.zeros((1, 1)), quantity=evil,
            units='"><b>\x1b[31m', position={evil: ([0], "'&<u>")},
            spectroscopic={'" onclick="x': ([0], "</td>")},
        )  # fmt: skip
    dataset = ul.open(tmp_path / "<img src=x>.h5").main_datasets[0]
    page = Page(dataset._repr_html_())
    known = {"div", "b", "table", "thead", "tbody", "tr", "th", "td", "span", "br", "i"}
    assert set(page.tags) <= known
    assert {name for name, _ in page.attrs} <= {"style", "scope"}
    assert page.cells[4:7] == [evil, "1", "0 '&<u>"]
    assert "\x1b" not in dataset._repr_html_()


def test_a_dataset_without_a_form_says_why(image):
    dataset = ul.open(image).main_datasets[0]
    image.unlink()
    page = dataset._repr_html_()
    assert "<table" not in page
    assert "data.h5" in page
    Page(page)


@pytest.mark.parametrize(
    ("values", "units", "text"),
    [
        ([3.0], "V", "3 V"),
        ([1, 5, 2], "", "1 to 5"),
        ([5, 4, 2], "m", "5 to 2 m"),
        ([320123.456, 320500.0], "Hz", "320123 to 320500 Hz"),
        ([np.nan, 1, np.inf], "V", "1 V"),
    ],
)
def test_a_span_is_first_and_last_value(values, units, text):
    assert span_of(Dimension("a", units, values)) == text


def test_sizes_are_said_as_people_do():
    assert [size_of(n) for n in (0, 999, 1e3, 5.368e8, 3e15)] == [
        "0 B", "999 B", "1 kB", "537 MB", "3e+03 TB",
    ]  # fmt: skip


def test_compounds_name_their_fields(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["d"] = np.zeros(3, [("a", "f4"), ("b", "i2")])
    assert "compound of a, b, 18 B, array" in repr(
        ul.open(tmp_path / "a.h5").array("/d")
    )
