"""Run pieces of code one after another, as a script would, and tell what they print.

Reads a JSON list of code from the standard input; writes a JSON list of what each
printed, ended by an object with the error if one failed.
"""

import contextlib
import io
import json
import sys
import traceback


def main():
    """Run them."""
    import matplotlib as mpl

    mpl.use("Agg")
    sys.path.insert(0, "")
    names, printed = {"__name__": "__main__"}, []
    for number, code in enumerate(json.load(sys.stdin)):
        with contextlib.redirect_stdout(io.StringIO()) as screen:
            try:
                exec(compile(code, f"step {number}", "exec", dont_inherit=True), names)
            except BaseException:
                printed.append({"step": number, "error": traceback.format_exc()})
                break
        printed.append(screen.getvalue())
    json.dump(printed, sys.stdout)


if __name__ == "__main__":
    main()
