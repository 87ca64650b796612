"""Cholesky's decomposition against numpy's solver."""

import numpy as np

from usid_lab.analysis.linear import solve


def test_systems_are_solved_as_numpy_does():
    rng = np.random.default_rng(3)
    columns = rng.standard_normal((40, 4, 9))
    matrices = columns @ columns.swapaxes(1, 2)
    right = rng.standard_normal((40, 4))
    expected = np.linalg.solve(matrices, right[..., None])[..., 0]
    lower = np.tril(matrices).transpose(1, 2, 0)
    assert np.allclose(solve(lower, right.T).T, expected, rtol=1e-8)


def test_one_that_cannot_be_solved_spoils_no_other():
    matrices = np.stack([np.eye(3), np.zeros((3, 3)), -np.eye(3), 2 * np.eye(3)])
    found = solve(matrices.transpose(1, 2, 0), np.ones((3, 4))).T
    assert np.isnan(found[[1, 2]]).all()
    assert np.allclose(found[[0, 3]], [[1.0] * 3, [0.5] * 3])
