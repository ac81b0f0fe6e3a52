"""Addition of integers: as a function, and as a command."""

import argparse
import re

# Python reads and writes no integer of more than 4300 digits, and a sum may have one more
MAX_DIGITS = 1000


class NotAnInteger(ValueError, argparse.ArgumentTypeError):
    """A text that is not an integer; of an ArgumentTypeError, argparse prints the message."""


def integer(text: str) -> int:
    """Read an integer: ASCII digits, and a minus sign before them if it is negative.

    Raises NotAnInteger for everything else, even if `int` would accept it, like `+1`.
    """
    if not re.fullmatch(rf"-?[0-9]{{1,{MAX_DIGITS}}}", text):
        raise NotAnInteger(f"not an integer of at most {MAX_DIGITS} digits")
    return int(text)


def add(num1: int, num2: int) -> int:
    """Add two integers."""
    return num1 + num2


def main() -> None:
    """Print the sum of the two integers on the command line."""
    parser = argparse.ArgumentParser(description="Add two integers.")
    parser.add_argument("num1", type=integer)
    parser.add_argument("num2", type=integer)
    print(add(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
