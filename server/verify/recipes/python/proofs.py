"""Judges a list of proofs from standard input and prints the results: for server/tests/recipes, which compares all verifiers."""

import json
import sys

from doorward import is_at_least, is_recent

proofs = json.load(sys.stdin)
json.dump([is_recent(p["claims"], p["max_age"]) and is_at_least(p["claims"], p["acr"]) for p in proofs], sys.stdout)
