"""Later versions' name of :mod:`usid_lab.pyusid.io.numpy_translator`."""

import sys

from usid_lab.pyusid.io import numpy_translator

sys.modules[__name__] = numpy_translator
