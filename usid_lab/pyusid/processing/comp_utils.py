"""What helps to compute, where later versions of pyUSID have it."""

from usid_lab.pyusid.io.io_utils import get_available_memory, recommend_cpu_cores
from usid_lab.pyusid.processing.parallel import parallel_compute

__all__ = ["get_available_memory", "parallel_compute", "recommend_cpu_cores"]
