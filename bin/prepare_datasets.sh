#!/usr/bin/env bash
# Downloads or makes data sets: the same as compare_gan_prepare_datasets, see `prepare_datasets.sh --help`.
set -euo pipefail

name=compare_gan_prepare_datasets
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
script="$here/$name"
if [[ -e "$here/../setup.py" ]]; then # A checkout: what lies beside this file is not the installed script.
  script="$(command -v "$name" || echo "$here/../.venv/bin/$name")"
fi
if [[ ! -x $script ]]; then
  echo "prepare_datasets.sh: compare_gan_tf2 is not installed; run 'pip install -e .' in its checkout" >&2
  exit 2
fi
exec "$script" "$@"
