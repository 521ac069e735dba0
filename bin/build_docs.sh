#!/usr/bin/env bash
# Makes the site of the pages. See --help.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/_environment.sh"

usage="usage: build_docs.sh [--output DIR] [--env DIR] [--python PYTHON]

Builds a web site from README.md, docs/ and the other pages with Sphinx and MyST. Warnings, such as broken links, are
errors.

  --output DIR     output folder (default: docs/_build)
$environment_options"

parse_environment_options "$@"
output="$checkout/docs/_build"
set -- ${rest[@]+"${rest[@]}"}
while (($#)); do
  case "$1" in
    -h | --help)
      echo "$usage"
      exit 0
      ;;
    --output)
      (($# > 1)) && [[ -n $2 ]] || fail "--output needs a value"
      output="$(absolute "$2")"
      shift 2
      ;;
    *) fail "unknown argument $1; see --help" ;;
  esac
done

prepare_environment
[[ -z "$(lacks docs)" ]] || install docs
cd "$checkout"
"$python" -m sphinx -c docs -b html --fail-on-warning --nitpicky --keep-going --quiet . "$output"
echo "written: $output/docs/index.html"
