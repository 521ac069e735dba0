#!/usr/bin/env bash
# Writes requirements.lock. See --help.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/_environment.sh"

usage="usage: lock.sh [--upgrade] [--python PYTHON]

Writes requirements.lock from setup.py: the exact version and the hashes of every package that bin/quickstart.sh and
bin/run_tests.sh install, for Python 3.11 to 3.13 on any system. Versions that setup.py still allows are kept.

  --upgrade        take the newest versions that setup.py allows
  --python PYTHON  Python to run the resolver with (default: the newest found)"

parse_environment_options "$@"
upgrade=()
for argument in ${rest[@]+"${rest[@]}"}; do
  case "$argument" in
    -h | --help)
      echo "$usage"
      exit 0
      ;;
    --upgrade) upgrade=(--upgrade) ;;
    *) fail "unknown argument $argument; see --help" ;;
  esac
done

find_base_python
elsewhere="$(mktemp -d)"
trap 'rm -rf "$elsewhere"' EXIT
"$base_python" -m venv "$elsewhere/env"
# pip resolves for its own system and Python only; uv for all of them.
"$elsewhere/env/bin/python" -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
cd "$checkout"
"$elsewhere/env/bin/uv" pip compile setup.py --extra test --universal --python-version 3.11 --generate-hashes \
  ${upgrade[@]+"${upgrade[@]}"} --quiet --custom-compile-command "bash bin/lock.sh" --output-file requirements.lock
echo "written: $checkout/requirements.lock"
