"""Figures, drawn with matplotlib.

matplotlib is imported when the first figure is asked for, and nothing of it is changed
for a whole session unless :func:`use_nice_plot_params` is called.
"""

from usid_lab.figures.maps import plot_map
from usid_lab.figures.style import reset_plot_params, use_nice_plot_params
from usid_lab.figures.visualize import plot_dataset, visualize

__all__ = [
    "plot_dataset",
    "plot_map",
    "reset_plot_params",
    "use_nice_plot_params",
    "visualize",
]
