"""The folder in which a user's own data are kept that have no other place."""

import os
from pathlib import Path

PLACE = "USID_LAB_DATA"


def user_data() -> Path:
    """Return the folder: where USID_LAB_DATA says, or the system's place.

    Returns
    -------
    Path
        Absolute; it need not exist.
    """
    given = os.environ.get(PLACE)
    if given:
        return Path(given).absolute()
    from platformdirs import user_data_path

    return user_data_path("usid_lab", appauthor=False)
