"""The command ``usid-lab``: samples, trees, checks, caches, runs, repair, Lab."""

import argparse
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

import usid_lab
from usid_lab import samples
from usid_lab.errors import MissingFileError, SpecialFileError, UsidError
from usid_lab.processing.ledger.unfinished import (
    older,
    summary,
    throw_away,
    unfinished,
)
from usid_lab.reading.sidecars.folder import Folder
from usid_lab.reading.sidecars.listing import clear, listing
from usid_lab.storage.commit.recovering import findings, recover
from usid_lab.storage.faulttext import fault_text
from usid_lab.storage.paths import resolved

_FAILED = 1
_FAULTY = 3
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : sequence of str, optional
        What stands after ``usid-lab`` on the command line.

    Returns
    -------
    int
        0 if all went well, 1 if not, 3 if ``check`` found errors in the file (a
        wrong command line ends the process with 2).
    """
    chosen = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = chosen.command
    try:
        return command(chosen)
    except BrokenPipeError:
        # The reader has gone (`usid-lab tree x.h5 | head`); nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    except (UsidError, OSError) as error:
        _say(f"usid-lab: {_plain(_sentence(error))}", sys.stderr)
        return _FAILED


def _sentence(error: Exception) -> str:
    """Say what went wrong, without the number that the system has for it."""
    if isinstance(error, UsidError) or not isinstance(error, OSError):
        return str(error)
    told = error.strerror or str(error)
    return f"{error.filename}: {told}." if error.filename else f"{told}."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="usid-lab",
        description="See, slice and process N-dimensional microscopy data.",
    )
    parser.add_argument(
        "--version", action="version", version=f"usid-lab {usid_lab.__version__}"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_samples(commands.add_parser("samples", help="write sample files"))
    _add_lab(commands.add_parser("lab", help="open a file in JupyterLab"))
    _add_tree(commands.add_parser("tree", help="print what is inside a file"))
    _add_check(
        commands.add_parser(
            "check",
            help="tell what in a file does not follow the specification",
            description="Tell what in a file does not follow the specification of "
            "USID. An error keeps an object from being used for what it is; a "
            "warning breaks a rule and does no harm; a note is worth knowing.",
            epilog="Ends with 0 if there are no errors, 3 if there are, and 1 if "
            "the file cannot be read.",
        )
    )
    _add_cache(
        commands.add_parser(
            "cache",
            help="show and clear the copies of datasets that make maps quick",
            description="Show the transposed copies of datasets that viewers have "
            "made: size, last use, whether the file is still the same, file and "
            "dataset.",
            epilog="USID_LAB_CACHE says where they are, USID_LAB_CACHE_GB how much "
            "they may take; USID_LAB_SIDECARS=off switches them off.",
        )
    )
    _add_runs(
        commands.add_parser(
            "runs",
            help="show and throw away what unfinished runs have kept",
            description="Show what interrupted computations have kept beside their "
            "data files, or in your data folder: size, when it was gone on with last, "
            "tool, file, how much is done. Who starts the same computation again goes "
            "on from there.",
            epilog="USID_LAB_DATA says where your data folder is.",
        )
    )
    _add_recover(
        commands.add_parser(
            "recover",
            help="put a file in order after a program was killed while it wrote it",
            description="Complete or discard a save that was interrupted, remove what "
            "is left of it, and clear the mark that a file is open for writing. Asks "
            "before it changes anything.",
        )
    )
    return parser


def _add_recover(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="which")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--discard", action="store_true", help="take an interrupted save back"
    )
    parser.set_defaults(command=_recover)


def _add_samples(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where to")
    parser.add_argument("--size", choices=("full", "small"), default="full")
    parser.add_argument(
        "--only",
        action="append",
        choices=samples.NAMES,
        metavar="NAME",
        help=f"only this one (may be repeated): {', '.join(samples.NAMES)}",
    )
    parser.set_defaults(command=_samples)


def _add_lab(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="which")
    parser.add_argument(
        "--no-browser", action="store_true", help="do not open a browser"
    )
    parser.add_argument("--port", type=int, help="which port to listen on")
    parser.add_argument(
        "--allow-root", action="store_true", help="as root too: in a container, say"
    )
    parser.set_defaults(command=_lab)


def _add_tree(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="which")
    _add_outside(parser)
    parser.set_defaults(command=_tree)


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="which")
    _add_outside(parser)
    parser.set_defaults(command=_check)


def _add_outside(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--allow-outside",
        action="store_true",
        help="let links and virtual or external storage lead to other files",
    )


def _add_cache(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_cache)
    commands = parser.add_subparsers(metavar="clear")
    clearing = commands.add_parser("clear", help="remove copies")
    clearing.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="only those of this file"
    )
    clearing.add_argument(
        "--older-than",
        type=_days,
        default=0.0,
        metavar="DAYS",
        help="only those that were not used for so many days",
    )
    clearing.set_defaults(command=_clear)


def _add_runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "place",
        type=Path,
        nargs="?",
        metavar="PLACE",
        help="only those of this file, or of the files in this folder",
    )
    parser.add_argument("--clear", action="store_true", help="throw them away")
    parser.add_argument(
        "--older-than",
        type=_days,
        default=0.0,
        metavar="DAYS",
        help="only those that were not gone on with for so many days",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.set_defaults(command=_runs)


def _days(text: str) -> float:
    days = float(text)
    if not 0 <= days < math.inf:
        raise ValueError(text)
    return days


def _samples(chosen: argparse.Namespace) -> int:
    if chosen.folder.exists() and not chosen.folder.is_dir():
        raise SpecialFileError(f"{chosen.folder} is a file; give a folder.")
    for name in chosen.only or samples.NAMES:
        for path in samples.write(chosen.folder, size=chosen.size, only=name):
            _say(str(path))
    return 0


def _tree(chosen: argparse.Namespace) -> int:
    with usid_lab.open(chosen.file, allow_outside=chosen.allow_outside) as file:
        _say(_plain(file.tree()))
    return 0


def _check(chosen: argparse.Namespace) -> int:
    with usid_lab.open(chosen.file, allow_outside=chosen.allow_outside) as file:
        found = file.check()
        _say(_plain(f"{file.name}\n\n{fault_text(found)}"))
    return _FAULTY if any(fault.severity == "error" for fault in found) else 0


def _cache(_: argparse.Namespace) -> int:
    _say(_plain(listing(Folder.of_user())))
    return 0


def _clear(chosen: argparse.Namespace) -> int:
    file = None if chosen.file is None else resolved(chosen.file)
    _say(clear(Folder.of_user(), chosen.older_than, file))
    return 0


def _runs(chosen: argparse.Namespace) -> int:
    found = older(unfinished(chosen.place), chosen.older_than)
    _say(_plain(summary(found)))
    if not chosen.clear or not found:
        return 0
    if not (chosen.yes or _confirmed("Throw that away?")):
        _say("Nothing was changed.")
        return _FAILED
    _say(throw_away(found))
    return 0


def _recover(chosen: argparse.Namespace) -> int:
    if not chosen.file.exists():
        raise MissingFileError(f"There is no file {chosen.file}.")
    found = findings(chosen.file)
    if not found:
        usid_lab.open(chosen.file).close()  # another kind of file is not in order
        _say(_plain(f"{chosen.file.name} is in order."))
        return 0
    for finding in found:
        _say(_plain(finding.text))
    if not (chosen.yes or _confirmed("Put that in order?")):
        _say("Nothing was changed.")
        return _FAILED
    for told in recover(chosen.file, discard=chosen.discard):
        _say(_plain(told))
    return 0


def _confirmed(question: str) -> bool:
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _lab(chosen: argparse.Namespace) -> int:
    folder, address = _place(chosen.file)
    options = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url={address}",
    ]
    if chosen.no_browser:
        options.append("--no-browser")
    if chosen.allow_root:
        options.append("--allow-root")
    if chosen.port is not None:
        options.append(f"--ServerApp.port={chosen.port}")
    # In this process: it is JupyterLab that must see Ctrl-C, and end its kernels.
    from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]

    LabApp.launch_instance(options)
    return 0


def _place(file: Path | None) -> tuple[Path, str]:
    """Return the folder to serve, and the address to open in it."""
    if file is None:
        return Path.cwd(), "/lab"
    if not file.exists():
        raise MissingFileError(f"There is no file {file}.")
    if file.is_dir():
        raise SpecialFileError(f"{file} is a folder; give a file in it.")
    found = file.resolve()
    return found.parent, f"/lab/tree/{quote(found.name)}"


def _plain(text: str) -> str:
    """Take control characters out: names in files are not to steer a terminal."""
    return "".join(
        char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )


def _say(text: str, stream: TextIO | None = None) -> None:
    target = stream or sys.stdout
    encoding = target.encoding or "utf-8"
    readable = text.encode(encoding, "replace").decode(encoding)
    print(readable, file=target, flush=True)


if __name__ == "__main__":
    sys.exit(main())
