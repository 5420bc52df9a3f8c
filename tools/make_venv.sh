#!/bin/sh
# make_venv.sh DIRECTORY [PYTHON]: a virtual environment for the package, with nothing in it yet.
# Keeps one that still works; otherwise takes the first interpreter that really runs (a pyenv shim
# may exist and fail) and that tools/check_python.py accepts.
set -eu
directory=$1
wanted=${2:-}

if [ -x "$directory/bin/python" ] && "$directory/bin/python" tools/check_python.py 2>/dev/null &&
    "$directory/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi

reason=
for python in ${wanted:-python3.13 python3.12 python3.11 python3}; do
    if "$python" -c '' >/dev/null 2>&1; then
        if message=$("$python" tools/check_python.py 2>&1); then
            echo "Creating $directory with $("$python" --version) ..."
            exec "$python" -m venv --clear "$directory"
        fi
        reason="$python: $message"
    fi
done
if [ -n "$reason" ]; then
    echo "$reason" >&2
else
    echo "No Python 3.11, 3.12 or 3.13 was found${wanted:+ as '$wanted'}:" \
        "install one, or name it: make demo PYTHON=/path/to/python3.12" >&2
fi
exit 1
