"""`python -m deployer`."""

from deployer.cli import run

run()
