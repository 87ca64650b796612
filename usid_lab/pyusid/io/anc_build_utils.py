"""Later versions' name of :mod:`usid_lab.pyusid.io.write_utils`."""

import sys

from usid_lab.pyusid.io import write_utils

sys.modules[__name__] = write_utils
