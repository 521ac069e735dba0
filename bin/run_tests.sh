#!/usr/bin/env bash
# Checks the checkout: formatting, lint, types, tests. See --help.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/_environment.sh"

usage="usage: run_tests.sh [--slow] [--env DIR] [--python PYTHON] [PYTEST ARGUMENT...]

Runs ruff, mypy and then the tests, in their own environment. Stops at the first failure.

  --slow           only the tests marked slow, with real trainings: hours on 2 cores
$environment_options"

parse_environment_options "$@"
which_tests="not slow"
# Files go to processes whole, so that what a file shares is made once, in the order of tests/conftest.py. A process
# takes up to 3 GB. There is one more than two cores would need, because some tests wait for what they have started.
parallel=(--numprocesses 3 --dist loadfile --no-loadscope-reorder)
pytest_arguments=()
for argument in ${rest[@]+"${rest[@]}"}; do
  case "$argument" in
    -h | --help)
      echo "$usage"
      exit 0
      ;;
    --slow)
      which_tests="slow"
      parallel=()
      echo "The slow tests take hours on 2 cores."
      ;;
    *) pytest_arguments+=("$argument") ;;
  esac
done

prepare_environment test
export TF_CPP_MIN_LOG_LEVEL=2
cd "$checkout"
code=(setup.py bin benchmarks compare_gan_tf2 datasets hub_export tests)

# While mypy has one core, the other one compiles what all processes of the tests import, once for all of them.
unset PYTHONDONTWRITEBYTECODE
"$python" -m pytest --collect-only --quiet ${pytest_arguments[@]+"${pytest_arguments[@]}"} >/dev/null 2>&1 &
collecting=$!
trap 'kill "$collecting" 2>/dev/null || true' EXIT

say "ruff check"
"$python" -m ruff check "${code[@]}"
say "ruff format --check"
"$python" -m ruff format --check "${code[@]}"
say "mypy"
"$python" -m mypy
wait "$collecting" || true # pytest says below what is wrong
say "pytest -m '$which_tests'"
exec "$python" -m pytest -m "$which_tests" ${parallel[@]+"${parallel[@]}"} ${pytest_arguments[@]+"${pytest_arguments[@]}"}
