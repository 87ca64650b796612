"""The documented blueprint of translators."""

from numbers import Real
from time import time
from typing import Any

from usid_lab.errors import ArgumentError
from usid_lab.pyusid.arguments import of_type
from usid_lab.pyusid.io.io_utils import get_available_memory, get_time_stamp

__all__ = ["Translator", "generate_dummy_main_parms"]


class Translator:
    """Blueprint of classes that make h5USID files of other data.

    Parameters
    ----------
    max_mem_mb : int, optional
        The most memory that it may use, in MB (2**20 bytes).
    *args, **kwargs : object
        Taken for subclasses, without effect.

    Attributes
    ----------
    max_ram : int
        That memory in bytes, but at most three quarters of what is free.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        If `max_mem_mb` is not a number above 0.
    """

    def __init__(
        self,
        max_mem_mb: int = 1024,
        *args: Any,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> None:
        if of_type(max_mem_mb, Real, "max_mem_mb") <= 0:
            text = "'max_mem_mb' must be a number above 0."
            raise ArgumentError(text, f"got {max_mem_mb!r}")
        self.max_ram = int(min(max_mem_mb * 2**20, 0.75 * get_available_memory()))

    def translate(
        self,
        filepath: str,  # noqa: ARG002
        *args: Any,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> Any:
        """Make an h5USID file; subclasses say how.

        Parameters
        ----------
        filepath : str
            What is translated.
        *args, **kwargs : object
            As the subclass says.

        Raises
        ------
        NotImplementedError
            Always, in this class.
        """
        name = type(self).__name__
        text = f"{name} does not say how it translates: it needs a method 'translate'."
        raise NotImplementedError(text)


def generate_dummy_main_parms() -> dict[str, Any]:
    """Make attributes that a translator may put on the root of its file.

    Returns
    -------
    dict
        Invented values under the customary names, and the time. The translators of
        usid_lab do not write them: a file should not name a user who never was.
    """
    return {
        "translate_time": get_time_stamp(),
        "instrument": "cypher_west",
        "xcams_id": "abc",
        "user_name": "John Doe",
        "sample_name": "PZT",
        "sample_description": "Thin Film",
        "project_name": "Band Excitation",
        "project_id": "CNMS_2015B_X0000",
        "comments": "Band Excitation data",
        "data_tool": "be_analyzer",
        "experiment_date": "2015-10-05 14:55:05",
        "experiment_unix_time": time(),
    }
