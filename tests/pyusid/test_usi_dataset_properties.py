"""Whatever the order of dimensions and entries, values lie where their indices say."""

import itertools

import h5py
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from usid_lab.pyusid import USIDataset, hdf_utils


@st.composite
def sides(draw):
    """Index table of a grid, (entries, dimensions), in any order of both."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    table = np.array(list(itertools.product(*map(range, sizes))))
    table = table[:, draw(st.permutations(range(len(sizes))))]
    if draw(st.booleans()):
        table = table[draw(st.permutations(range(len(table))))]
    return table


def write(file, rows, columns):
    values = np.arange(len(rows) * len(columns), dtype="i4")
    main = file.create_dataset("Raw", data=values.reshape(len(rows), -1))
    main.attrs["quantity"], main.attrs["units"] = "Current", "nA"
    for side, table in (("Position", rows), ("Spectroscopic", columns.T)):
        count = rows.shape[1] if side == "Position" else columns.shape[1]
        for kind in ("Indices", "Values"):
            found = file.create_dataset(f"{side}_{kind}", data=table.astype("u4"))
            labels = [f"{side[0]}{number}" for number in range(count)]
            found.attrs["labels"] = np.array(labels, "S")
            main.attrs[f"{side}_{kind}"] = found.ref
    return USIDataset(main)


@settings(deadline=None, max_examples=60)
@given(sides(), sides(), st.data())
def test_n_d_form_slices_and_the_way_back(rows, columns, data):
    with h5py.File("in memory", "w", driver="core", backing_store=False) as file:
        main = write(file, rows, columns)
        shape = (*(rows.max(axis=0) + 1), *(columns.max(axis=0) + 1))
        truth = np.empty(shape, "i4")
        for i, j in np.ndindex(main.shape):
            truth[(*rows[i], *columns[j])] = main[i, j]

        assert main.n_dim_sizes == list(shape)
        np.testing.assert_array_equal(main.get_n_dim_form(), truth)
        tables = main.h5_pos_inds, main.h5_spec_inds
        flat, _ = hdf_utils.reshape_from_n_dims(truth, *tables)
        np.testing.assert_array_equal(flat, main[()])

        picks = [data.draw(st.lists(st.integers(0, n - 1), min_size=1)) for n in shape]
        found, success = main.slice(dict(zip(main.n_dim_labels, picks, strict=True)))
        assert success is True
        np.testing.assert_array_equal(found, truth[np.ix_(*picks)].squeeze())
