#!/usr/bin/env bash
# Run a command of deployer in the environment that install.sh made: `bash action/run.sh deploy`.
# exec: a cancelled job signals this process only, which must then be deployer itself. (On Windows this
# process stays, and all of its console get Ctrl-C.)
set -euo pipefail
# of the job's own Python
unset PYTHONHOME PYTHONINSPECT PYTHONIOENCODING PYTHONPLATLIBDIR
export PYTHONUTF8=1
# Windows: Git Bash would make C:/Program Files/Git/health of the input /health, and a program of the
# checkout would be started for git
export MSYS2_ENV_CONV_EXCL='*' NoDefaultCurrentDirectoryInExePath=1
PYTHONPATH="${BASH_SOURCE[0]%/action/*}" exec "$VENV_PYTHON" -P -m deployer "$@"
