"""The widget: a session behind anywidget's messages."""

import threading
from importlib.resources import files

import pytest

import usid_lab as ul
from usid_lab.model.view import ViewState
from usid_lab.widgets.built import NotBuiltError, built_file
from usid_lab.widgets.workbench import Workbench

built = pytest.mark.skipif(
    not files("usid_lab").joinpath("static", "workbench.js").is_file(),
    reason="the browser's half is not built",
)


class Listening(Workbench):
    """Keeps what is sent, in the place of a browser."""

    def __init__(self, *rest, **more):
        self.replies = []
        self.told = threading.Event()
        super().__init__(*rest, **more)

    def send(self, content, buffers=None):
        self.replies.append((content, buffers))
        self.told.set()


@pytest.fixture
def show():
    shown = []

    def show(*rest, **more):
        shown.append(Listening(*rest, **more))
        return shown[-1]

    yield show
    for one in shown:
        one.close()
        assert one._session.wait(30)


@built
def test_it_answers_messages(show, spectra_file):
    widget = show(spectra_file)
    request = {"kind": "request", "id": "1", "type": "open", "params": {"view": None}}
    widget._handle_custom_msg(request, [])
    assert widget.told.wait(30)
    [(content, buffers)] = widget.replies
    assert content["status"] == "ok"
    assert buffers


@built
def test_its_state_is_known_without_a_browser(show, spectra_file):
    widget = show(spectra_file, index={"X": 2})
    assert isinstance(widget.state, ViewState)
    assert widget.state.index["X"] == 2


@built
def test_its_state_is_what_the_browser_wrote(show, spectra_file):
    widget = show(spectra_file)
    written = ViewState("/d", index={"X": 1})
    widget.view = written.to_json()
    assert widget.state == written


@built
def test_it_takes_a_path_or_a_file(show, spectra_file):
    assert show(str(spectra_file)).file.path == spectra_file
    file = ul.open(spectra_file)
    assert show(file).file is file


@built
def test_a_view_may_be_json_and_is_forgotten_if_it_is_nonsense(show, spectra_file):
    view = show(spectra_file).state
    kept = view.to_json() | {"band": [1, 2]}
    assert show(spectra_file, view=kept).state.band == (1, 2)
    assert show(spectra_file, view={"dataset": 7}).state == view


@built
def test_a_file_that_is_not_there_is_no_exception(show, tmp_path):
    widget = show(tmp_path / "nowhere.h5", place="tab")
    assert widget.state is None
    with pytest.raises(FileNotFoundError):
        _ = widget.file
    assert (widget.place, widget.height) == ("tab", 520)


@built
def test_it_shows_itself_in_a_notebook(show, spectra_file):
    bundle = show(spectra_file)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in (
        bundle[0] if isinstance(bundle, tuple) else bundle
    )


def test_an_installation_without_the_viewer_says_so():
    with pytest.raises(NotBuiltError, match="viewer is missing"):
        built_file("no such file")
