"""Reads a list of tokens from standard input and says of each whether it is good: for the test that compares all judges."""

import json
import sys

from doorward import Doorward, TokenInvalid


def is_good(doorward: Doorward, token: str) -> bool:
    try:
        doorward.check(token)
    except TokenInvalid:
        return False
    return True


question = json.load(sys.stdin)
checks = Doorward(question["issuer"], question["audience"])
json.dump([is_good(checks, token) for token in question["tokens"]], sys.stdout)
