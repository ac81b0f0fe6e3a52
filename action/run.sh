#!/usr/bin/env bash
# Run a command of deployer in the environment that install.sh made: `bash action/run.sh deploy`.
# exec: a cancelled job signals this process only, which must then be deployer itself.
set -euo pipefail
# of the job's own Python
unset PYTHONHOME PYTHONINSPECT PYTHONIOENCODING PYTHONPLATLIBDIR
export PYTHONUTF8=1
PYTHONPATH="${BASH_SOURCE[0]%/action/*}" exec "$VENV_PYTHON" -P -m deployer "$@"
