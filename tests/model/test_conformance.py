from dataclasses import replace

import pytest

from usid_lab.model.conformance import TABLES, MainFacts, TableFacts, faults

GOOD = MainFacts(
    (6, 4),
    numeric=True,
    quantity=True,
    units=True,
    tables={
        "Position_Indices": TableFacts((6, 2), labels=2, units=2),
        "Position_Values": TableFacts((6, 2), labels=2, units=2),
        "Spectroscopic_Indices": TableFacts((1, 4), labels=1, units=1),
        "Spectroscopic_Values": TableFacts((1, 4), labels=1, units=1),
    },
)


def with_table(role, **changes):
    return replace(
        GOOD, tables={**GOOD.tables, role: replace(GOOD.tables[role], **changes)}
    )


def test_a_flawless_dataset_has_no_faults():
    assert faults(GOOD) == ()


def test_every_fault_is_told_at_once():
    found = faults(
        MainFacts((3,), numeric=False, quantity=False, units=False, tables={})
    )
    assert {fault.rule for fault in found} == {
        "shape",
        "dtype",
        "quantity",
        "units",
        *TABLES,
    }
    assert all(fault.severity == "error" for fault in found)


@pytest.mark.parametrize(
    ("facts", "rule", "text"),
    [
        (replace(GOOD, shape=(6, 4, 1)), "shape", "has 3 dimensions"),
        (
            with_table("Position_Indices", problem="is a null reference"),
            "Position_Indices",
            "'Position_Indices' is a null reference.",
        ),
        (with_table("Position_Values", shape=(6, 3)), "Position tables", "(6, 3)"),
        (
            with_table("Spectroscopic_Values", shape=(1, 5)),
            "Spectroscopic_Values",
            "describes 5 columns, the dataset has 4",
        ),
        (
            with_table("Spectroscopic_Values", shape=(4,)),
            "Spectroscopic_Values",
            "not 2",
        ),
        (with_table("Position_Values", numeric=False), "Position_Values", "numbers"),
        (
            with_table("Position_Indices", shape=(6, 100)),
            "Position_Indices",
            "100 dimensions",
        ),
        (
            with_table("Position_Indices", shape=(6, 0)),
            "Position_Indices",
            "0 dimensions",
        ),
        (
            replace(with_table("Position_Indices", shape=(2**40, 2)), shape=(2**40, 4)),
            "Position_Indices",
            "claims",
        ),
    ],
)
def test_each_rule_says_what_is_wrong(facts, rule, text):
    found = [fault for fault in faults(facts) if fault.rule == rule]
    assert any(text in fault.text for fault in found)
    assert any(fault.severity == "error" for fault in found)


@pytest.mark.parametrize("count", [None, 1, 3])
@pytest.mark.parametrize("what", ["labels", "units"])
def test_wrong_labels_are_a_warning_only(what, count):
    found = faults(with_table("Position_Indices", **{what: count}))
    assert [(fault.rule, fault.severity) for fault in found] == [(what, "warning")]
