from dataclasses import replace

import pytest

from usid_lab.model.conformance import MainFacts, TableFacts, by_severity, faults
from usid_lab.model.rules import Rule

GOOD = MainFacts(
    (6, 4),
    numeric=True,
    quantity=1,
    units=1,
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


def test_a_map_of_8192_x_8192_is_no_fault_and_tables_beyond_belief_are():
    def described(length):
        tables = {
            name: replace(table, shape=(length, 2)) if "Pos" in name else table
            for name, table in GOOD.tables.items()
        }
        return faults(replace(GOOD, shape=(length, 4), tables=tables))

    assert described(8192**2) == ()
    assert "claims" in described(2**40)[0].text


def test_every_fault_is_told_at_once():
    found = faults(MainFacts((3,), numeric=False, quantity=None, units=None, tables={}))
    assert [fault.rule for fault in found] == [
        Rule.MAIN_SHAPE,
        Rule.MAIN_DTYPE,
        Rule.MAIN_QUANTITY,
        Rule.MAIN_UNITS,
        Rule.MAIN_REFERENCES,
    ]
    assert all(fault.severity == "error" for fault in found)


@pytest.mark.parametrize(
    ("facts", "rule", "text"),
    [
        (replace(GOOD, shape=(6, 4, 1)), Rule.MAIN_SHAPE, "has 3 dimensions"),
        (
            with_table("Position_Indices", problem="is a null reference"),
            Rule.MAIN_REFERENCES,
            "'Position_Indices' is a null reference.",
        ),
        (with_table("Position_Values", shape=(6, 3)), Rule.ANCILLARY_SHAPE, "(6, 3)"),
        (
            with_table("Spectroscopic_Values", shape=(1, 5)),
            Rule.ANCILLARY_SHAPE,
            "describes 5 columns, the dataset has 4",
        ),
        (
            with_table("Spectroscopic_Values", shape=(4,)),
            Rule.ANCILLARY_SHAPE,
            "not 2",
        ),
        (with_table("Position_Values", numeric=False), Rule.ANCILLARY_DTYPE, "numbers"),
        (
            with_table("Position_Indices", shape=(6, 100)),
            Rule.ANCILLARY_SHAPE,
            "100 dimensions",
        ),
        (
            with_table("Position_Indices", shape=(6, 0)),
            Rule.ANCILLARY_SHAPE,
            "0 dimensions",
        ),
        (
            replace(with_table("Position_Indices", shape=(2**40, 2)), shape=(2**40, 4)),
            Rule.ANCILLARY_SHAPE,
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
    rule = {"labels": Rule.ANCILLARY_LABELS, "units": Rule.ANCILLARY_UNITS}[what]
    assert [(fault.rule, fault.severity) for fault in found] == [(rule, "warning")]


def test_what_is_usable_but_odd_is_a_warning():
    odd = faults(replace(GOOD, shape=(6, 4), quantity=3, units=0))
    assert [fault.severity for fault in odd] == ["warning", "warning"]
    assert "'quantity' holds 3 texts" in odd[0].text
    tables = {
        role: replace(facts, shape=(0, 2) if role.startswith("P") else (1, 4))
        for role, facts in GOOD.tables.items()
    }
    (empty,) = faults(replace(GOOD, shape=(0, 4), tables=tables))
    assert (empty.rule, empty.severity) == (Rule.MAIN_SHAPE, "warning")


def test_another_format_is_named_instead_of_what_it_lacks():
    (found,) = faults(MainFacts((3, 4), True, 1, 1, {}, foreign="NSID"))
    assert (found.rule, found.severity) == (Rule.KIND, "error")
    assert "NSID" in found.text
    references = {"Position_Indices": TableFacts(problem="is a null reference")}
    found = faults(MainFacts((3, 4), True, 1, 1, references, foreign="NSID"))
    assert [fault.text for fault in found] == [
        "It has no reference 'Position_Values', 'Spectroscopic_Indices', "
        "'Spectroscopic_Values'.",
        "'Position_Indices' is a null reference.",
    ]


def test_the_gravest_come_first():
    mixed = [
        faults(with_table("Position_Indices", labels=None))[0],
        *faults(MainFacts((3,), numeric=True, quantity=1, units=1, tables=GOOD.tables)),
    ]
    severities = [fault.severity for fault in by_severity(mixed)]
    assert severities == ["error"] * (len(mixed) - 1) + ["warning"]
