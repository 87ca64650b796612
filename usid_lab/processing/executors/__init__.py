"""Who computes blocks: this process, a pool of workers, or a cluster."""

from usid_lab.processing.executors.executor import Executor, Put

__all__ = ["Executor", "Put"]
