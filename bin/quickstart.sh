#!/usr/bin/env bash
# From a fresh checkout to a trained, scored and exported GAN. See --help.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/_environment.sh"

usage="usage: quickstart.sh [--out DIR] [--env DIR] [--python PYTHON]

Trains a small GAN on triangles, scores it, exports it, and loads the export with nothing but TensorFlow Hub.
A second run with the same --out does only what is missing.

  --out DIR        output folder (default: ./quickstart_run)
$environment_options"

out="quickstart_run"
parse_environment_options "$@"
set -- ${rest[@]+"${rest[@]}"}
while (($#)); do
  case "$1" in
    -h | --help)
      echo "$usage"
      exit 0
      ;;
    --out)
      (($# > 1)) && [[ -n $2 ]] || fail "--out needs a value"
      out="$2"
      shift 2
      ;;
    --out=*)
      out="${1#*=}"
      shift
      ;;
    *) fail "unknown argument $1; see --help" ;;
  esac
done
out="$(absolute "$out")"

elsewhere="$(mktemp -d)"
finish() {
  local code=$?
  rm -rf "$elsewhere"
  ((code == 0)) || echo "quickstart.sh: FAILED with exit code $code in the step: ${step:-environment}" >&2
}
trap finish EXIT

prepare_environment
export TF_CPP_MIN_LOG_LEVEL="${TF_CPP_MIN_LOG_LEVEL:-3}"
mkdir -p "$out"
commands="$environment/bin"
say "1/4 the data set: triangles"
"$commands/compare_gan_prepare_datasets" triangles --dataset_root "$out/data"

say "2/4 the study: one task"
"$commands/compare_gan_generate_tasks" --workdir "$out/study" --experiment quickstart

say "3/4 train, score, export"
"$commands/compare_gan_run_one_task" --workdir "$out/study" --task_num=0 --command=all \
  --dataset_root "$out/data" --cache_dir "$out/cache"

say "4/4 load the export with tensorflow_hub alone"
export_folder="$(cd "$elsewhere" && "$python" - "$out/study/0/export" "$out/loaded_from_hub.png" <<'END'
import pathlib
import sys

import tensorflow as tf
import tensorflow_hub as hub

exports, picture = map(pathlib.Path, sys.argv[1:])
steps = [folder for folder in exports.iterdir() if folder.name.isdigit()] if exports.is_dir() else []
if not steps:
    sys.exit(f"no export under {exports}")
newest = max(steps, key=lambda folder: int(folder.name))

generate = hub.load(str(newest)).signatures["default"]
_, inputs = generate.structured_input_signature
z = tf.random.stateless_uniform([64, inputs["z"].shape[-1]], seed=[0, 0], minval=-1.0)
(images,) = generate(z=z).values()

_, height, width, channels = images.shape
grid = tf.transpose(tf.reshape(images, [8, 8, height, width, channels]), [0, 2, 1, 3, 4])
grid = tf.reshape(grid, [8 * height, 8 * width, channels])
tf.io.write_file(str(picture), tf.io.encode_png(tf.image.convert_image_dtype(grid, tf.uint8, saturate=True)))
assert "compare_gan_tf2" not in sys.modules
print(newest)
END
)"
echo "64 images from $export_folder in $out/loaded_from_hub.png"

cat <<END

Everything lies in $out:
  study/0/scores.csv    one row per evaluated checkpoint
  study/0/samples/      images drawn while it trained
  study/0/export/       the generator, for hub.load: $(basename "$export_folder") is the newest
  loaded_from_hub.png   what a process without compare_gan_tf2 drew with it
END
