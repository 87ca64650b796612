"""The documentation of pyUSID, read where it lies: code, printed output, definitions.

It is found in the folder that USID_LAB_SEEDS names, as text that was made from pages:
blocks of code run over page breaks, and long lines are wrapped with an arrow.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

TITLE = "# **pyUSID Documentation**"
ARROWS = "↳↪→"
_PAGE_BREAK = "(continued from previous page)"
_WRAP = re.compile(rf"\n\s*(?:#\s*)?[{ARROWS}] ?")


def documentation():
    """Text of the documentation; None where USID_LAB_SEEDS is not set."""
    folder = os.environ.get("USID_LAB_SEEDS")
    if not folder:
        return None
    for path in sorted(Path(folder).glob("*.txt")):
        text = path.read_text("utf-8")
        if TITLE in text[:5000]:
            return text
    raise FileNotFoundError(f"{folder} holds no document that begins with {TITLE!r}")


@dataclass
class Step:
    """Blocks of code, and what the documentation says that they print together."""

    code: str
    printed: str | None = None


def tutorial(text, number):
    """Steps of a tutorial, in order."""
    heading = re.compile(r"^#+ (\d\d)\. ", re.MULTILINE)
    starts = {int(found[1]): found.start() for found in heading.finditer(text)}
    ends = [*starts.values(), text.index("\n## 1.7 Data Model")]
    begin = starts[number]
    end = min(place for place in ends if place > begin)
    return _steps(_blocks(text[begin:end]))


def _blocks(section):
    """Yield (is output, text) of each block, joined over page breaks."""
    pieces = re.split(r"^```.*\n?", section, flags=re.MULTILINE)
    found = []
    for before, inside in zip(pieces[0::2], pieces[1::2], strict=False):
        if _PAGE_BREAK in before:
            found[-1][1] += inside
        else:
            last = [line for line in before.splitlines() if line.strip()][-1:]
            found.append([last == ["Out:"], inside])
    return found


def _steps(blocks):
    steps = []
    for is_output, inside in blocks:
        if is_output:
            steps[-1].printed = (steps[-1].printed or "") + inside
        elif steps and steps[-1].printed is None:
            steps[-1].code += "\n" + unwrapped(inside)
        else:
            steps.append(Step(unwrapped(inside)))
    return steps


def unwrapped(code):
    """Code with its wrapped lines put together again.

    A line is broken where a blank or an underscore stood: both look like an
    underscore in the document. In code it was one; in text and comments a blank,
    unless the word has another underscore.
    """
    parts = _WRAP.split(code)
    joined = parts[0]
    for part in parts[1:]:
        if joined.endswith("_") and not _in_name(joined):
            joined = joined[:-1] + " "
        joined += part
    return joined


def _in_name(before):
    line = before.rsplit("\n", 1)[-1]
    word = re.search(r"\w*$", line)[0]
    in_text = line.count("'") % 2 or line.count('"') % 2 or "#" in line
    return not in_text or "_" in word[:-1]


def canonical(printed):
    """Printed text without what differs from page to screen and run to run.

    Blanks count, but neither how many there are nor those beside brackets and commas.
    """
    text = re.sub(rf"(\S*)_\n\s*[{ARROWS}] ?", _mended, printed)
    text = re.sub(rf"\n\s*[{ARROWS}] ?", "", text)
    text = re.sub(r" at 0x[0-9a-f]+", "", text)
    text = re.sub(r"-{3,}|[─━├└│|]+", " ", text)
    # numpy's name of the type since 2.0.
    text = text.replace("numpy.clongdouble", "numpy.complex256")
    text = re.sub(r"\s*([\[\](),])\s*", r"\1", text)
    return re.sub(r"\s+", " ", text).strip()


def _mended(broken):
    """Where a page breaks a line a blank looks like an underscore, but for names."""
    word = broken[1]
    return word + ("_" if "_" in word or "/" in word else " ")


def listing(printed):
    """Names and values of a printed list of attributes, by name."""
    pairs = [re.split(r"\s+: ", line, maxsplit=1) for line in printed.splitlines()]
    return {pair[0].strip(): canonical(pair[1]) for pair in pairs if len(pair) == 2}


_REST = ("args", "kwargs", "image_args")
_MISREAD = {"plot_scee": "plot_scree"}
_REFERENCE = ("## 1.14 API Reference", "## INDICES AND TABLES")
_INDEX = "## PYTHON MODULE INDEX"
_HOMES = {
    "hdf_utils": "pyUSID.io",
    "write_utils": "pyUSID.io",
    "dtype_utils": "pyUSID.io",
    "io_utils": "pyUSID.io",
    "plot_utils": "pyUSID.viz",
    "jupyter_utils": "pyUSID.viz",
}
_CLASSES = {
    "USIDataset": "pyUSID.io.usi_data",
    "Translator": "pyUSID.io.translator",
    "NumpyTranslator": "pyUSID.io.numpy_translator",
    "ImageTranslator": "pyUSID.io.image",
    "Process": "pyUSID.processing",
}


def documented_names(text):
    """Every name that the documentation has: of the reference, its index, and code."""
    return _indexed(text) | _tabled(text) | _used(text)


def documented_arguments(text):
    """Names of the arguments of each function, class and method of the reference."""
    plain = _reference(text).replace("\\", "").replace("*", "").replace("`", "")
    found, owner = dict(_table_arguments(plain)), ""
    found_in = r"^(?:#+ )?(class )?(\w+) ?\(([^)]*(?:\([^)]*\)[^)]*)?)\)"
    pattern = re.compile(found_in, re.MULTILINE)
    for is_class, name, inside in pattern.findall(plain):
        owner = name if is_class else owner
        names = re.findall(r"(?:^|,)\s*(\w+)(?==|,|$|\s)", inside.replace("\n", " "))
        key = f"{owner}.{name}" if name == "translate" else name
        names = [one for one in names if one not in _REST]
        found[key] = max(names, found.get(key, []), key=len)
    return found


def _table_arguments(plain):
    """Yield name and arguments of the tables' entries, as far as they are given."""
    for name, inside in re.findall(
        r"^<code>(\w+)\((.*?)\)</code>", plain, re.MULTILINE
    ):
        given = re.sub(r"[\[\]]", "", inside).split("...")[0]
        yield name, [one for one in re.findall(r"\w+", given) if one not in _REST]


def _reference(text):
    begin = text.index(_REFERENCE[0])
    return text[begin : text.index(_REFERENCE[1], begin)]


def _indexed(text):
    plain = text[text.index(_INDEX) :].replace("\\", "")
    plain = re.sub(r"\[([^\]]*)\]\(#\)", r"\1", plain)
    entry = re.compile(r"^\s*\W?(\w+)(?:\(\))? \((.*?)\)", re.MULTILINE)
    names = set()
    for name, where in entry.findall(plain):
        kind, _, home = where.rpartition(" ")
        if kind in ("in module", "class in"):
            names.add(f"{home}.{name}")
        elif where.endswith((" method", " attribute")):
            owner = where.split()[0].removesuffix(".self")
            names.add(f"{_CLASSES[owner]}.{owner}.{name}")
    modules = re.findall(r"^(pyUSID[\w.]*) \(module\)", plain, re.MULTILINE)
    return names | set(modules)


def _tabled(text):
    """Names of the tables of functions and classes, by their modules."""
    names, module = set(), ""
    for line in _reference(text).replace("\\", "").splitlines():
        if heading := re.match(r"[#* ]*(pyUSID\.io\.\w+)[* ]*$", line):
            module = heading[1]
        if entry := re.match(r"<code>(\w+)\(", line):
            names.add(f"{module}.{entry[1]}")
    return names


def _used(text):
    names = set()
    for number in range(1, 12):
        for step in tutorial(text, number):
            for path in re.findall(r"\busid\.(\w+(?:\.\w+)?)", step.code):
                first, _, second = path.partition(".")
                second = _MISREAD.get(second, second)
                names.add(f"pyUSID.{first}")
                if second:
                    names.add(f"{_HOMES[first]}.{first}.{second}")
    return names
