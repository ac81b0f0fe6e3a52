"""`python -m deployer`."""

from deployer import interrupts

interrupts.defer()  # before the imports, which take a while

from deployer.cli import run  # pylint: disable=wrong-import-position

run()
