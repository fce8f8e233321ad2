"""Verifies a list of tokens from standard input and prints the results: for server/tests/recipes, which compares all
verifiers."""

import json
import sys

from doorward import Doorward, TokenInvalid


def is_valid(doorward: Doorward, token: str) -> bool:
    try:
        doorward.verify(token)
    except TokenInvalid:
        return False
    return True


given = json.load(sys.stdin)
verifier = Doorward(given["issuer"], given["audience"])
json.dump([is_valid(verifier, token) for token in given["tokens"]], sys.stdout)
