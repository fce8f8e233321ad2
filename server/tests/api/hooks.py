"""Every second a new session authorizes the cases, because some of them end it."""

import itertools
import os

import requests
import schemathesis

FORM = {"password": "violet otters sing at noon", "name": "Ada"}
NUMBERS = itertools.count()


@schemathesis.auth(refresh_interval=1)
class Session:
    def get(self, case, context):
        form = {**FORM, "email": f"user{next(NUMBERS)}-{os.getpid()}@example.com"}
        response = requests.post(f"{os.environ['SERVER']}/api/auth/register", json=form, timeout=10)
        response.raise_for_status()
        return response.json()["access_token"]

    def set(self, case, token, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}
