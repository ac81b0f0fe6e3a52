#!/usr/bin/env bash
# Create a virtual environment in a temporary folder and install deployer's locked dependencies,
# each file checked against its hash. PATH, the caller's Python and GITHUB_ENV stay unchanged.
# Works with bash 3.2 (macOS) and Git Bash (Windows).
set -euo pipefail

fail() {
  echo "::error title=hf-deploy%3A $1::$2"
  exit 1
}

folder=$(mktemp -d "$RUNNER_TEMP/hf-deploy.XXXXXX")
echo "folder=$folder" >>"$GITHUB_OUTPUT"
cd "$folder" # python, pip and uv read files of the current directory; this one is empty

# Debian's python3 may lack ensurepip, without which venv fails
usable='import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
if python3 -I -c "$usable" >/dev/null 2>&1; then
  python3 -I -m venv venv
elif command -v uv >/dev/null && uv venv --quiet --no-project --python '>=3.11,<3.15' venv; then
  by_uv=yes
else
  fail 'Python not found' \
    'Python 3.11 to 3.14 with venv, or uv, is required. Add actions/setup-python before this step.'
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
  fail 'install failed' 'Could not install the dependencies; the log above has the reason.'
