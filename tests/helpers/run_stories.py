"""What must hold after a run was stopped anywhere: shared by two batteries."""

import shutil

import killed_peaks
from run_kills import gone_on_with, opened, raw_digest, results_of

from usid_lab.storage.commit.recovering import recover


class Scene:
    """A file, what it holds, and what a run over it finds.

    Parameters
    ----------
    folder : Path
        Empty.
    """

    def __init__(self, folder):
        self.home = folder / "scans"
        self.home.mkdir()
        self.scan = self.home / "scan.h5"
        killed_peaks.make_scan(self.scan)
        self._old = self.scan.read_bytes()
        self._digest = raw_digest(self.scan)
        gone_on_with(self.scan)
        self.truth = results_of(self.scan)
        assert len(self.truth) == 5  # two outputs, marks, and tables of the first

    def reset(self):
        """Put all back as it was before any run."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir()
        self.scan = self.home / "scan.h5"
        self.scan.write_bytes(self._old)

    def moved(self, folder):
        """Take the file and what lies beside it to another machine."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.home, folder)
        shutil.rmtree(self.home)
        return folder / "scan.h5"

    def survive(self, scan):
        """Open and go on; tells what was found."""
        how = opened(scan)
        assert raw_digest(scan) == self._digest
        shards = len(list(scan.parent.glob(".scan.h5.usid/*/*.shard")))
        run = gone_on_with(scan)
        assert run.state == "done"
        assert raw_digest(scan) == self._digest
        assert results_of(scan) == self.truth
        assert not (scan.parent / ".scan.h5.usid").exists()
        # The next writer would remove what a killed one left of its save.
        recover(scan)
        left = {path.name for path in scan.parent.iterdir()} - {"scan.h5"}
        assert not left, left
        if "identical" in run.progress.message:
            return how, "was finished"
        return how, "all kept" if shards == 12 else "went on" if shards else "began"
