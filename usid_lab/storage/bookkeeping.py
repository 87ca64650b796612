"""Who wrote an object, when and with what."""

import platform
from collections.abc import Mapping
from datetime import datetime
from functools import cache

FORMAT_VERSION = "0.0.4"


@cache
def lab_version() -> str:
    """Version of this package; ``"0+unknown"`` where it is not installed."""
    # A tenth of the time that opening a first file takes, for those who write.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("usid-lab")
    except PackageNotFoundError:
        return "0+unknown"


def book_keeping() -> Mapping[str, str]:
    """Attributes of every object that is written.

    The time goes under the specified and under the customary name. The name of
    the machine comes without a look-up in the network.
    """
    now = datetime.now().astimezone().strftime("%Y_%m_%d-%H_%M_%S")
    written_by = lab_version()
    return {
        "time_stamp": now,
        "timestamp": now,
        "machine_id": platform.node(),
        "platform": platform.platform(),
        "usid_lab_version": written_by,
        "pyUSID_version": f"{FORMAT_VERSION}+usid.lab.{written_by}",
    }
