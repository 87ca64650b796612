"""A process as its author writes it: the peak finder of pyUSID's documentation."""

import numpy as np

import usid_lab.pyusid as usid


def highest(spectra, power=1):
    """Amplitude of the largest value."""
    return np.abs(spectra).max() ** power


class PeakFinder(usid.Process):
    """Keeps last_pixel itself, as the documentation of 0.0.4 shows."""

    def __init__(self, h5_main, power=1, **kwargs):
        super().__init__(h5_main, **kwargs)
        self.process_name = "Peak_Finding"
        self.parms_dict = {"algorithm": "highest", "power": power}
        found = self._check_for_duplicates()
        self.duplicate_h5_groups, self.partial_h5_groups = found

    def test(self, pixel_ind):
        return self._map_function(self.h5_main[pixel_ind])

    def _marks_of_its_own(self):
        return {"last_pixel": 0}

    def _create_results_datasets(self):
        self.h5_results_grp = usid.hdf_utils.create_results_group(
            self.h5_main, self.process_name
        )
        attrs = self._marks_of_its_own() | self.parms_dict
        usid.hdf_utils.write_simple_attrs(self.h5_results_grp, attrs)
        self.h5_results = usid.hdf_utils.write_main_dataset(
            self.h5_results_grp,
            (self.h5_main.shape[0], 1),
            "Peak_Response",
            "Amplitude",
            "V",
            None,
            usid.write_utils.Dimension("Empty", "a. u.", 1),
            dtype=np.float32,
            h5_pos_inds=self.h5_main.h5_pos_inds,
            h5_pos_vals=self.h5_main.h5_pos_vals,
        )

    def _get_existing_datasets(self):
        self.h5_results = self.h5_results_grp["Peak_Response"]

    def _write_results_chunk(self):
        self.h5_results[self._start_pos : self._end_pos, 0] = np.array(self._results)
        self.h5_main.file.flush()
        self.h5_results_grp.attrs["last_pixel"] = self._end_pos
        self._start_pos = self._end_pos

    @staticmethod
    def _map_function(spectra, *args, **kwargs):
        return highest(spectra, *args, **kwargs)


class LaterPeakFinder(PeakFinder):
    """As later versions have it: the marks are the business of the base class."""

    def _marks_of_its_own(self):
        return {}

    def _write_results_chunk(self):
        rows = self._get_pixels_in_current_batch()
        self.h5_results[rows, 0] = np.array(self._results)
