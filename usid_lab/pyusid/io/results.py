"""Results groups, and the datasets from which they were made."""

from collections.abc import Mapping

import h5py

from usid_lab.errors import ArgumentError, ObjectNotFoundError
from usid_lab.pyusid.arguments import of_type, text_of
from usid_lab.pyusid.io.attributes import check_for_matching_attrs
from usid_lab.pyusid.io.checking import require_main
from usid_lab.pyusid.io.usi_data import USIDataset
from usid_lab.storage.groups import entry, results_groups, source_of


def find_results_groups(
    h5_main: h5py.Dataset, tool_name: str, h5_parent_group: h5py.Group | None = None
) -> list[h5py.Group]:
    """Find the groups that hold what a tool made of a dataset.

    Parameters
    ----------
    h5_main : h5py.Dataset
        The source.
    tool_name : str
        Name of the tool, the whole of it.
    h5_parent_group : h5py.Group, optional
        Where to look; in the group of `h5_main` by default. Not in 0.0.4.

    Returns
    -------
    list of h5py.Group
        Those called ``<dataset>-<tool>_NNN``, by their number. (pyUSID takes any group
        whose name contains both names, so also those of other datasets and tools.)

    Raises
    ------
    ArgumentTypeError
        If an argument has the wrong type; also a TypeError.
    ArgumentError
        If the name is empty; also a ValueError.
    """
    main = of_type(h5_main, h5py.Dataset, "h5_main")
    tool = text_of(tool_name, "tool_name")
    if h5_parent_group is not None:
        of_type(h5_parent_group, h5py.Group, "h5_parent_group")
    return results_groups(main, tool, h5_parent_group)


def check_for_old(
    h5_base: h5py.Dataset,
    tool_name: str,
    new_parms: Mapping[str, object] | None = None,
    target_dset: str | None = None,
    verbose: bool = False,  # noqa: ARG001
    h5_parent_goup: h5py.Group | None = None,
    *,
    new_params: Mapping[str, object] | None = None,
) -> list[h5py.Group]:
    """Find the results that a tool has made already with the same parameters.

    Parameters
    ----------
    h5_base : h5py.Dataset
        The source.
    tool_name : str
        Name of the tool.
    new_parms : dict, optional
        Parameters by name; without them every group of the tool is found.
    target_dset : str, optional
        Name of a dataset in the results group whose attributes are compared; those
        of the group itself by default.
    verbose : bool, optional
        Taken for the sake of old scripts; nothing is printed.
    h5_parent_goup : h5py.Group, optional
        Where to look; in the group of `h5_base` by default. Not in 0.0.4; later
        versions spell it so.
    new_params : dict, optional
        The same as `new_parms`, in the spelling of the documentation's tutorial.

    Returns
    -------
    list of h5py.Group
        By their number; see :func:`check_for_matching_attrs` for what is the same.

    Raises
    ------
    ArgumentTypeError
        If an argument has the wrong type; also a TypeError.
    """
    if target_dset is not None:
        of_type(target_dset, str, "target_dset")
    wanted = new_params if new_parms is None else new_parms
    groups = find_results_groups(h5_base, tool_name, h5_parent_goup)
    compared = {
        group: group if target_dset is None else entry(group, target_dset)
        for group in groups
    }
    return [
        group
        for group, owner in compared.items()
        if owner is not None and check_for_matching_attrs(owner, wanted)
    ]


def get_source_dataset(h5_group: h5py.Group) -> USIDataset:
    """Find the Main dataset of which results were made.

    Parameters
    ----------
    h5_group : h5py.Group
        A results group.

    Returns
    -------
    USIDataset
        By the group's reference ``source_000``, else by its name,
        ``<dataset>-<tool>_NNN``. (pyUSID goes by the name alone.)

    Raises
    ------
    ArgumentTypeError
        If it is no group; also a TypeError.
    ArgumentError
        If neither leads to a dataset; also a ValueError.
    NotMainError
        If that is no Main dataset; also a ValueError.
    """
    group = of_type(h5_group, h5py.Group, "h5_group")
    try:
        source = source_of(group)
    except ObjectNotFoundError as error:
        raise ArgumentError(error.message, error.reason) from error
    require_main(source, str(source.name))
    return USIDataset(source)
