"""Exits 0 where this interpreter can run the package; otherwise one sentence on stderr and 1.

`make` runs it under whatever `python3` it meets, so it keeps to syntax that every Python reads.
"""

import platform
import sys


def problem(version, system, machine, libc):
    """Says in one sentence why the package cannot run here; None where it can."""
    if not (3, 11) <= tuple(version[:2]) <= (3, 13):
        number = ".".join(map(str, version[:2]))
        return "This is Python " + number + " and the package needs 3.11, 3.12 or 3.13."
    where = "There is no tensorflow-text for "
    remedy = ": use Linux (glibc), an Apple-silicon Mac, WSL on Windows, or Colab."
    if system not in ("Linux", "Darwin"):
        return where + system + remedy
    if system == "Darwin" and machine != "arm64":
        return where + "Intel Macs (or a Python built for them)" + remedy
    if system == "Linux" and machine not in ("x86_64", "aarch64"):
        return where + "Linux on " + machine + remedy
    if system == "Linux" and libc != "glibc":
        return where + "a Linux without glibc, such as Alpine" + remedy
    try:
        import ensurepip  # noqa: F401  (Debian splits it off, and `python -m venv` fails without)
    except ImportError:
        return "This Python cannot make virtual environments: apt install python3-venv."
    return None


if __name__ == "__main__":
    message = problem(
        sys.version_info, platform.system(), platform.machine(), platform.libc_ver()[0]
    )
    if message:
        sys.exit(message)
