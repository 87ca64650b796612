"""The tutorials of pyUSID run, and print what its documentation prints.

Their code is read from the documentation, in the folder that USID_LAB_SEEDS names.
What had to be repaired, and what cannot be compared, is listed in tutorials.toml.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest
import stand_ins
from documents import canonical, documentation, listing, tutorial

HERE = Path(__file__).parent
RUNNER = HERE.parent / "helpers" / "run_blocks.py"
PLANS = tomllib.loads((HERE / "tutorials.toml").read_text("utf-8"))
OURS = {"time_stamp", "usid_lab_version"}
ELSEWHERE = {"machine_id", "timestamp", "pyUSID_version", "platform"}
TEXT = documentation()

pytestmark = pytest.mark.skipif(TEXT is None, reason="USID_LAB_SEEDS is not set")


@pytest.fixture(scope="session")
def downloads(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tutorials")
    (folder / "downloads").mkdir()
    (folder / "wget.py").write_text(stand_ins.WGET, "utf-8")
    (folder / "peak_finding.py").write_text(stand_ins.PEAK_FINDING, "utf-8")
    stand_ins.be_line(folder / "downloads" / "BELine_0004.h5")
    stand_ins.beps_small(folder / "downloads" / "BEPS_small.h5")
    stand_ins.spectroscopy_text(folder / "downloads" / "STS.zip")
    return folder


def repaired(plan, codes):
    changed = "import pyUSID as usid", "import usid_lab.pyusid as usid"
    codes = [code.replace(*changed) for code in codes]
    for repair in plan.get("repairs", []):
        old, new = repair["old"], repair["new"]
        assert any(old in code for code in codes), f"not needed any more: {old!r}"
        codes = [code.replace(old, new) for code in codes]
    for lost in plan.get("indented", []):
        codes = indented(codes, lost["first"], lost["last"])
    return [plan.get("before", {}).get("code", ""), *codes]


def indented(codes, first, last):
    """Move the lines from one to another to the right."""
    (number,) = (n for n, code in enumerate(codes) if f"\n{first}\n" in code)
    before, rest = codes[number].split(f"\n{first}\n")
    inside, after = rest.split(f"\n{last}\n")
    moved = textwrap.indent(f"{first}\n{inside}\n{last}", "    ")
    return [*codes[:number], f"{before}\n{moved}\n{after}", *codes[number + 1 :]]


def run(codes, folder):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(RUNNER)],
        input=json.dumps(codes),
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | {"MPLBACKEND": "Agg"},
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert isinstance(printed[-1], str), printed[-1]["error"]
    return printed[1:]


def as_attributes(printed):
    """Lines that are no attributes, and the attributes; ours and the masked apart."""
    found = listing(printed)
    lines = [line for line in printed.splitlines() if not re.search(r"\s: ", line)]
    kept = {name: "" if name in ELSEWHERE else found[name] for name in found}
    return canonical("\n".join(lines)), {n: kept[n] for n in kept if n not in OURS}


NUMBER = re.compile(r"\s*[-+]?\d+\.?\d*(?:e[-+]\d+)?\s*")


def masked(printed):
    return NUMBER.sub("#", canonical(printed))


def masked_in_brackets(printed):
    """Text in which a random array keeps its structure and number of values."""
    return re.sub(r"\[[^\]]*\]", lambda found: masked(found[0]), canonical(printed))


FORMS = {
    "text": canonical,
    "attributes": as_attributes,
    "array": masked_in_brackets,
    "numbers": masked,
    "digits": lambda printed: re.sub(r"\d", "0", canonical(printed)),
}


@pytest.mark.parametrize("name", PLANS)
def test_runs_and_prints_what_the_documentation_prints(name, downloads, tmp_path):
    plan, steps = PLANS[name], tutorial(TEXT, int(name))
    assert len(steps) == plan["steps"]
    shutil.copytree(downloads, tmp_path, dirs_exist_ok=True)
    printed = run(repaired(plan, [step.code for step in steps]), tmp_path)
    compared = 0
    for number, (step, ours) in enumerate(zip(steps, printed, strict=True)):
        if step.printed is None or str(number) in plan.get("not_compared", {}):
            continue
        form = FORMS[plan.get("how", {}).get(str(number), "text")]
        assert form(ours) == form(step.printed), f"step {number} prints:\n{ours}"
        compared += 1
    assert compared == plan["compared"]


def test_the_comparison_sees_a_difference():
    assert canonical("(5, 5)\n├ Raw_Data") == canonical("(5, 5)\n│ └─ Raw_Data")
    assert canonical("(5, 5)") != canonical("(5, 6)")
    assert as_attributes("a : 1\nb : 2") == as_attributes("b : 2\na : 1")
    assert as_attributes("a : 1") != as_attributes("a : 2")
    assert canonical("12 3") != canonical("1 23")
    assert canonical("user_name") != canonical("user name")
    assert canonical("a_\n↳ b, c") == canonical("a b,\nc")
    assert canonical("/Channel_\n↳ 000") == canonical("/Channel_000")
    assert as_attributes("a : 1\nrest") != as_attributes("a : 1")
    array = FORMS["array"]
    assert array("[1. 20.5] has (2,)") == array("[-3.\n 2e-05] has (2,)")
    assert array("[1. 2.] has (2,)") != array("[1. 2.] has (3,)")
    assert array("[1. 2.]") != array("[1.]") != array("[(1.)]")
    assert FORMS["numbers"]("3.26 GB") == FORMS["numbers"]("20.9 GB")
    assert FORMS["numbers"]("3.26 GB") != FORMS["numbers"]("3.26 MB")
    assert FORMS["digits"]("2018_07_31") != FORMS["digits"]("18_07_31")
