import matplotlib as mpl
import pytest


@pytest.fixture(autouse=True)
def drawn_without_windows():
    """Draw into memory, close what was drawn, and leave the settings as they were."""
    mpl.use("Agg")
    from matplotlib import pyplot

    with mpl.rc_context():
        yield
    pyplot.close("all")
