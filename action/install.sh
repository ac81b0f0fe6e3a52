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

export PYTHONSAFEPATH=1 PYTHONNOUSERSITE=1 # for the child of `pip --python`, which runs without -I

root=${BASH_SOURCE[0]%/action/*}
folder=$(mktemp -d "$RUNNER_TEMP/hf-deploy.XXXXXX")
echo "folder=$folder" >>"$GITHUB_OUTPUT"
cd "$folder" # python, pip and uv read files of the current directory; this one is empty

# uv takes a tenth of the time, but reads nothing of pip's configuration, which may name the only index
# that this network has
has_index_for_pip() {
  local file text
  [[ ${PIP_INDEX_URL:-}${PIP_EXTRA_INDEX_URL:-}${PIP_FIND_LINKS:-}${PIP_NO_INDEX:-} ]] && return
  [[ ${PIP_CONFIG_FILE:-} == /dev/null ]] && return 1
  for file in "${PIP_CONFIG_FILE:-}" /etc/pip.conf /etc/xdg/pip/pip.conf ~/.pip/pip.conf \
    ~/.config/pip/pip.conf "${XDG_CONFIG_HOME:-}/pip/pip.conf" "${VIRTUAL_ENV:-}/pip.conf" \
    {,~}/Library/Application\ Support/pip/pip.conf \
    ~/pip/pip.ini "${APPDATA:-}/pip/pip.ini" "${ALLUSERSPROFILE:-}/pip/pip.ini"; do
    [[ -r $file ]] && text=$(<"$file") || continue
    case $text in *index-url* | *find-links* | *no-index*) return ;; esac
  done
  return 1
}

make_by_uv() {
  command -v uv >/dev/null && uv venv --quiet --no-project \
    --python-preference system --python '>=3.11,<3.15' venv
}

# Debian's python3 may lack ensurepip, without which venv makes no pip; a pip of its own will do
is_usable='import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
has_pip='import pip, sys; sys.exit(tuple(map(int, pip.__version__.split(".")[:2])) < (22, 3))'
find_python() {
  for python3 in python3 python; do # Windows may have the second only
    "$python3" -I -c "$is_usable" >/dev/null 2>&1 && return
  done
  return 1
}

if ! has_index_for_pip && make_by_uv; then
  installer=uv
elif find_python; then
  if "$python3" -I -c "$has_pip" >/dev/null 2>&1; then
    "$python3" -I -m venv --without-pip venv
    installer=pip
  elif "$python3" -I -c 'import ensurepip' >/dev/null 2>&1; then
    "$python3" -I -m venv venv
    installer=own-pip
  fi
fi
if [[ ! ${installer:-} ]]; then
  make_by_uv || fail 'Python not found' \
    'Python 3.11 to 3.14 with venv and pip, or uv, is required. Add actions/setup-python before this step.'
  installer=uv
fi

python=$folder/venv/bin/python
[[ -x $python ]] || python=$folder/venv/Scripts/python.exe
echo "python=$python" >>"$GITHUB_OUTPUT"

case $installer in
  uv) install=(uv pip install --python "$python") ;;
  pip) install=("$python3" -I -m pip --python "$python" install) ;;
  own-pip) install=("$python" -I -m pip install) ;;
esac
[[ $installer == uv ]] || install+=(--disable-pip-version-check --no-compile)
"${install[@]}" --quiet --require-hashes --no-deps --only-binary :all: \
  --requirement "$root/deployer/requirements.lock" ||
  fail 'install failed' 'Could not install the dependencies; the log above has the reason.'
