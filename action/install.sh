#!/usr/bin/env bash
# Make a Python of our own in a fresh folder, and install what deployer needs, each file checked
# against its hash. Nothing else changes: not PATH, not the caller's Python, not GITHUB_ENV.
# The bash 3.2 of macOS and the Git bash of Windows run this, too.
set -euo pipefail

fail() {
  echo "::error title=hf-deploy%3A $1::$2"
  exit 1
}

folder=$(mktemp -d "$RUNNER_TEMP/hf-deploy.XXXXXX")
echo "folder=$folder" >>"$GITHUB_OUTPUT"
cd "$folder" # python, pip and uv look around where they stand; here is nothing of the caller's

# Debian has a python3 without ensurepip, which can't make a whole venv
usable='import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
if python3 -I -c "$usable" >/dev/null 2>&1; then
  python3 -I -m venv venv
elif command -v uv >/dev/null && uv venv --quiet --no-project --python '>=3.11,<3.15' venv; then
  by_uv=yes
else
  fail 'no Python' \
    'It needs Python 3.11 to 3.14 with venv, or uv. Add a step with actions/setup-python before it.'
fi

python=$folder/venv/bin/python
[[ -x $python ]] || python=$folder/venv/Scripts/python.exe
echo "python=$python" >>"$GITHUB_OUTPUT"

if [[ ${by_uv:-} ]]; then
  install=(uv pip install --python "$python")
else
  install=("$python" -I -m pip install --disable-pip-version-check --no-compile)
fi
"${install[@]}" --quiet --require-hashes --no-deps --only-binary :all: \
  --requirement "$GITHUB_ACTION_PATH/deployer/requirements.lock" ||
  fail 'not installed' 'Its dependencies could not be installed; the log above says why.'
