"""Everything documented that writes into an open file."""

from usid_lab.pyusid.io.ancillaries import (
    validate_anc_dset_attrs,
    validate_anc_h5_dsets,
    validate_dims_against_main,
    write_ind_val_dsets,
    write_reduced_anc_dsets,
    write_reduced_spec_dsets,
)
from usid_lab.pyusid.io.groups import (
    assign_group_index,
    create_indexed_group,
    create_results_group,
)
from usid_lab.pyusid.io.links import (
    check_and_link_ancillary,
    link_as_main,
    link_h5_obj_as_alias,
    link_h5_objects_as_attrs,
)
from usid_lab.pyusid.io.main_datasets import (
    create_empty_dataset,
    validate_main_dset,
    write_main_dataset,
)
from usid_lab.pyusid.io.metadata import (
    copy_attributes,
    copy_main_attributes,
    write_book_keeping_attrs,
    write_simple_attrs,
)

__all__ = [
    "assign_group_index",
    "check_and_link_ancillary",
    "copy_attributes",
    "copy_main_attributes",
    "create_empty_dataset",
    "create_indexed_group",
    "create_results_group",
    "link_as_main",
    "link_h5_obj_as_alias",
    "link_h5_objects_as_attrs",
    "validate_anc_dset_attrs",
    "validate_anc_h5_dsets",
    "validate_dims_against_main",
    "validate_main_dset",
    "write_book_keeping_attrs",
    "write_ind_val_dsets",
    "write_main_dataset",
    "write_reduced_anc_dsets",
    "write_reduced_spec_dsets",
    "write_simple_attrs",
]
