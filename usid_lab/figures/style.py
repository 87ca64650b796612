"""How all figures of a session look: only changed when it is asked for."""

from usid_lab.figures.plotting import matplotlib

_NICE: dict[str, object] = {
    "font.size": 12,
    "axes.labelsize": 14,
    "axes.titlesize": 16,
    "axes.linewidth": 1.2,
    "axes.grid": False,
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
    "legend.fontsize": 12,
    "legend.frameon": False,
    "lines.linewidth": 2,
    "lines.markersize": 7,
    "image.cmap": "viridis",
    "image.interpolation": "nearest",
    "pdf.fonttype": 42,  # text in a PDF stays text
    "svg.fonttype": "none",
}


def use_nice_plot_params() -> None:
    """Make the figures to come larger in print, and closer to those of a journal.

    It changes the defaults of matplotlib for the whole session.
    """
    matplotlib().rcParams.update(_NICE)


def reset_plot_params() -> None:
    """Take the defaults of matplotlib back, for the whole session."""
    matplotlib().rcdefaults()
