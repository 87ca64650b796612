"""Functions on open HDF5 objects, under the name by which the documentation has them.

Nothing is defined here: the functions live in the modules beside this one.
"""

from usid_lab.pyusid.io.attributes import (
    check_for_matching_attrs,
    get_attr,
    get_attributes,
    get_auxiliary_datasets,
)
from usid_lab.pyusid.io.checking import (
    check_if_main,
)
from usid_lab.pyusid.io.dimensionality import (
    get_data_descriptor,
    get_dimensionality,
    get_formatted_labels,
    get_sort_order,
    get_unit_values,
)
from usid_lab.pyusid.io.region_reading import (
    get_indices_for_region_ref,
    get_region,
)
from usid_lab.pyusid.io.regions import (
    attempt_reg_ref_build,
    clean_reg_ref,
    copy_reg_ref_reduced_dim,
    copy_region_refs,
    create_region_reference,
    simple_region_ref_copy,
    write_region_references,
)
from usid_lab.pyusid.io.reshaping import (
    reshape_from_n_dims,
    reshape_to_n_dims,
)
from usid_lab.pyusid.io.results import (
    check_for_old,
    find_results_groups,
    get_source_dataset,
)
from usid_lab.pyusid.io.searching import (
    find_dataset,
    get_all_main,
    get_group_refs,
    get_h5_obj_refs,
    is_editable_h5,
    print_tree,
)
from usid_lab.pyusid.io.writing import (
    assign_group_index,
    check_and_link_ancillary,
    copy_attributes,
    copy_main_attributes,
    create_empty_dataset,
    create_indexed_group,
    create_results_group,
    link_as_main,
    link_h5_obj_as_alias,
    link_h5_objects_as_attrs,
    validate_anc_dset_attrs,
    validate_anc_h5_dsets,
    validate_dims_against_main,
    validate_main_dset,
    write_book_keeping_attrs,
    write_ind_val_dsets,
    write_main_dataset,
    write_reduced_anc_dsets,
    write_reduced_spec_dsets,
    write_simple_attrs,
)

__all__ = [
    "assign_group_index",
    "attempt_reg_ref_build",
    "check_and_link_ancillary",
    "check_for_matching_attrs",
    "check_for_old",
    "check_if_main",
    "clean_reg_ref",
    "copy_attributes",
    "copy_main_attributes",
    "copy_reg_ref_reduced_dim",
    "copy_region_refs",
    "create_empty_dataset",
    "create_indexed_group",
    "create_region_reference",
    "create_results_group",
    "find_dataset",
    "find_results_groups",
    "get_all_main",
    "get_attr",
    "get_attributes",
    "get_auxiliary_datasets",
    "get_data_descriptor",
    "get_dimensionality",
    "get_formatted_labels",
    "get_group_refs",
    "get_h5_obj_refs",
    "get_indices_for_region_ref",
    "get_region",
    "get_sort_order",
    "get_source_dataset",
    "get_unit_values",
    "is_editable_h5",
    "link_as_main",
    "link_h5_obj_as_alias",
    "link_h5_objects_as_attrs",
    "print_tree",
    "reshape_from_n_dims",
    "reshape_to_n_dims",
    "simple_region_ref_copy",
    "validate_anc_dset_attrs",
    "validate_anc_h5_dsets",
    "validate_dims_against_main",
    "validate_main_dset",
    "write_book_keeping_attrs",
    "write_ind_val_dsets",
    "write_main_dataset",
    "write_reduced_anc_dsets",
    "write_reduced_spec_dsets",
    "write_region_references",
    "write_simple_attrs",
]
