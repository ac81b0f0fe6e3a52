#!/usr/bin/env bash
# Create a virtual environment in a temporary folder and install deployer's locked dependencies,
# each file checked against its hash. PATH, the caller's Python and GITHUB_ENV stay unchanged.
# Works with bash 3.2 (macOS) and Git Bash (Windows).
set -euo pipefail

fail() {
  echo "::error title=hf-deploy%3A $1::$2"
  exit 1
}

# What the job set for its own pip, uv and Python would redirect or break this install. Where packages
# come from and how the network is reached stays.
for name in "${!PIP_@}" "${!UV_@}" "${!PYTHON@}"; do
  case $name in
    PIP_INDEX_URL | PIP_EXTRA_INDEX_URL | PIP_FIND_LINKS | PIP_NO_INDEX | PIP_KEYRING_PROVIDER) ;;
    PIP_PROXY | PIP_TRUSTED_HOST | PIP_CERT | PIP_CLIENT_CERT) ;;
    PIP_TIMEOUT | PIP_DEFAULT_TIMEOUT | PIP_RETRIES) ;;
    PIP_CONFIG_FILE | PIP_CACHE_DIR | PIP_NO_CACHE_DIR) ;;
    UV_INDEX | UV_INDEX_* | UV_DEFAULT_INDEX | UV_EXTRA_INDEX_URL | UV_FIND_LINKS) ;;
    UV_KEYRING_PROVIDER | UV_CREDENTIALS_DIR | UV_INSECURE_HOST | UV_SYSTEM_CERTS | UV_NATIVE_TLS) ;;
    UV_HTTP_* | UV_HTTPS_PROXY | UV_NO_PROXY | UV_REQUEST_TIMEOUT | UV_OFFLINE) ;;
    UV_CONFIG_FILE | UV_NO_CONFIG | UV_CACHE_DIR | UV_NO_CACHE) ;;
    UV_ASTRAL_MIRROR_URL | UV_PYTHON_INSTALL_MIRROR | UV_PYTHON_DOWNLOADS_JSON_URL) ;;
    UV_PYTHON_DOWNLOADS | UV_PYTHON_INSTALL_DIR | UV_PYTHON_CACHE_DIR) ;;
    *) unset "$name" ;;
  esac
done

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
