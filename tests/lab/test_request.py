"""Paths from the browser are data, and stay below the server's folder."""

from pathlib import Path

import pytest

from usid_lab.errors import MissingFileError, RefusedError
from usid_lab.lab.request import ShowRequest


def test_path_is_below_the_root(tmp_path):
    request = ShowRequest("data/scan.h5", str(tmp_path))
    assert request.file() == tmp_path / "data" / "scan.h5"


def test_home_is_expanded(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert ShowRequest("scan.h5", "~/work").file() == tmp_path / "work" / "scan.h5"


@pytest.mark.parametrize("path", ["../secret.h5", "a/../../secret.h5", "a/../../root2"])
def test_paths_that_lead_out_are_refused(tmp_path, path):
    root = tmp_path / "root"
    with pytest.raises(RefusedError, match="outside the folder"):
        ShowRequest(path, str(root)).file()


def test_absolute_path_is_taken_below_the_root(tmp_path):
    assert ShowRequest("/etc/passwd", str(tmp_path)).file() == (
        tmp_path / "etc" / "passwd"
    )


def test_links_are_followed_as_the_file_browser_does(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "elsewhere").mkdir()
    try:
        (root / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links")
    assert ShowRequest("link/scan.h5", str(root)).file() == root / "link" / "scan.h5"


@pytest.mark.parametrize(
    "name",
    [
        'a";import os;os.system("x")#.h5',
        "${HOME}.h5",
        "-rf.h5",
        "a\u2028b.h5",
        "\u202e",
    ],
)
def test_odd_names_are_names(tmp_path, name):
    assert ShowRequest(name, str(tmp_path)).file() == Path(tmp_path) / name


def test_server_without_folder_is_told():
    with pytest.raises(MissingFileError, match="does not say in which folder"):
        ShowRequest("scan.h5", "").file()


@pytest.mark.parametrize(
    "data",
    [
        None,
        7,
        "scan.h5",
        [],
        {},
        {"path": "x"},
        {"path": 1, "root": "/"},
        {"root": "/"},
    ],
)
def test_messages_without_a_path_are_told(data):
    with pytest.raises(RefusedError, match="did not say which file"):
        ShowRequest.parsed(data)


def test_view_is_passed_on_where_there_is_one():
    data = {"path": "a.h5", "root": "/", "view": {"version": 1}}
    assert ShowRequest.parsed(data).view == {"version": 1}
    assert ShowRequest.parsed({**data, "view": "?"}).view is None
