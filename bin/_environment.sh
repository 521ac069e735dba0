# Sourced by the scripts beside it: the virtual environment that they run in.
#
#   parse_environment_options "$@"   takes --python and --env out of the arguments, leaves the others in `rest`
#   prepare_environment [EXTRA]      makes the environment if need be and sets `python`; EXTRA is one of setup.py's
#
# An environment made here has exactly the versions of requirements.lock, which bin/lock.sh writes. It gets a stamp after
# each complete installation, so that the next run need not ask pip. One that was there before is the user's own: it is
# left alone as long as nothing is missing, and gets what is missing in any version that setup.py allows.

checkout="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
environment="$checkout/.venv"
environment_options="  --env DIR        virtual environment to use, made if it is missing (default: .venv in the checkout)
  --python PYTHON  Python 3.11 (3.11.4 or later), 3.12 or 3.13 to make it with (default: the newest found)"
base_python=""
python=""
rest=()

fail() { # fail MESSAGE
  echo "$(basename "$0"): $1" >&2
  exit 2
}

say() { # say STEP
  step="$1"
  printf '\n== %s\n' "$step"
}

absolute() { # absolute PATH: prints it so that it holds in any directory
  case "$1" in
    /*) echo "$1" ;;
    *) echo "$PWD/$1" ;;
  esac
}

parse_environment_options() {
  while (($#)); do
    case "$1" in
      --env | --python)
        (($# > 1)) && [[ -n $2 ]] || fail "$1 needs a value"
        if [[ $1 == --env ]]; then environment="$(absolute "$2")"; else base_python="$2"; fi
        shift 2
        ;;
      --env=*) parse_environment_options --env "${1#*=}" && shift ;;
      --python=*) parse_environment_options --python "${1#*=}" && shift ;;
      *)
        rest+=("$1")
        shift
        ;;
    esac
  done
}

can_make_environments() { # can_make_environments PYTHON
  # 3.11.4: before it, tarfile has no filters, without which no archive of a stranger may be unpacked.
  "$1" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11, 4) <= sys.version_info < (3, 14))' >/dev/null 2>&1
}

find_base_python() {
  local candidate
  if [[ -n $base_python ]]; then
    can_make_environments "$base_python" || fail "--python $base_python is not a Python 3.11 (3.11.4 or later), 3.12 or 3.13 that has venv"
    return
  fi
  for candidate in python3.13 python3.12 python3.11 python3; do
    if can_make_environments "$candidate"; then
      base_python="$candidate"
      return
    fi
  done
  fail "found no Python 3.11 (3.11.4 or later), 3.12 or 3.13 that has venv; install one, or name one by --python PYTHON"
}

stamp_of() { # stamp_of EXTRA: prints what an installation depends on, as one hash
  "$python" - "$checkout" "$environment" "${1:-}" <<'END'
import hashlib, pathlib, sys

checkout, environment, extra = sys.argv[1:]
parts = [sys.version, checkout, environment, extra]
files = ("setup.py", "pyproject.toml", "requirements.lock")
parts += [(pathlib.Path(checkout) / name).read_text(encoding="utf-8") for name in files]
print(hashlib.sha256("\0".join(parts).encode()).hexdigest())
END
}

lacks() { # lacks EXTRA: prints what the environment lacks; fails where it has compare_gan_tf2 from another checkout
  "$python" - "$checkout" "${1:-}" <<'END'
import json, pathlib, sys, urllib.parse, urllib.request
from importlib import metadata

checkout, extra = sys.argv[1:]
try:
    from packaging.requirements import Requirement

    ours = metadata.distribution("compare_gan_tf2")
except (ImportError, metadata.PackageNotFoundError):
    sys.exit(print("compare_gan_tf2"))
source = json.loads(ours.read_text("direct_url.json") or "{}")
folder = urllib.request.url2pathname(urllib.parse.urlparse(source.get("url", "")).path)
if source.get("dir_info", {}).get("editable") and pathlib.Path(folder).resolve() != pathlib.Path(checkout).resolve():
    print("it has compare_gan_tf2 from the checkout", folder)
    sys.exit(1)
for requirement in map(Requirement, ours.requires or []):
    if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
        continue
    try:
        if requirement.specifier.contains(metadata.version(requirement.name), prereleases=True):
            continue
    except metadata.PackageNotFoundError:
        pass
    print(requirement)
END
}

pip_install() { # pip_install ARGUMENT...
  (cd "$checkout" && "$python" -m pip install --quiet --disable-pip-version-check "$@") ||
    fail "pip could not install compare_gan_tf2 into $environment"
}

install() { # install EXTRA
  say "installing into $environment (2.5 GB and some minutes when it is new)"
  pip_install -e ".${1:+[$1]}"
}

install_locked() {
  say "installing requirements.lock into $environment (2.5 GB and some minutes when it is new)"
  pip_install --no-compile --require-hashes --requirement requirements.lock
  # On all cores; pip would take one, for a minute. Some packages hold files that are no Python.
  "$python" -m compileall -q -j 0 "$environment/lib" >/dev/null 2>&1 || true
  # The checkout has no hash, and is built by the locked setuptools.
  pip_install --no-deps --no-build-isolation --editable .
}

prepare_environment() {
  local extra="${1:-}" mark="$environment/.made_by_compare_gan_tf2" stamp missing
  python="$environment/bin/python"
  stamp="$environment/.installed_compare_gan_tf2${extra:+_$extra}"

  if [[ -e $environment && ! -e $mark ]] && [[ ! -d $environment || -n $(ls -A "$environment") ]]; then
    [[ -x $python ]] || fail "--env $environment is there, but is no virtual environment"
    missing="$(lacks "$extra")" || fail "--env $environment cannot be used: ${missing:-its Python fails}"
    [[ -z $missing ]] || install "$extra"
    return
  fi

  # The mark goes first: an environment whose making was cut short is then known as ours, and made again.
  if ! [[ -e $mark ]] || ! "$python" -m pip --version >/dev/null 2>&1; then
    find_base_python
    say "making the virtual environment $environment with $base_python"
    mkdir -p "$environment"
    touch "$mark"
    rm -rf "$environment/bin" "$environment/lib" "$environment"/.installed_compare_gan_tf2*
    "$base_python" -m venv "$environment" || fail "$base_python could not make the virtual environment $environment"
  fi
  if [[ "$(cat "$stamp" 2>/dev/null)" != "$(stamp_of "$extra")" ]]; then
    rm -f "$stamp"
    install_locked
    stamp_of "$extra" >"$stamp"
    # What has an extra has all that an installation without it has.
    if [[ -n $extra ]]; then stamp_of "" >"${stamp%"_$extra"}"; fi
  fi
}
