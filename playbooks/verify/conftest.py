"""Each test names the roles that it is for; a host of another role is left out of it."""

import json
import os

ROLES = json.loads(os.environ.get("RETAILOPS_VERIFY_ROLES", "{}"))


def pytest_configure(config):
    config.addinivalue_line("markers", "roles(*names): the roles of the hosts that the test is for")


def pytest_collection_modifyitems(config, items):
    kept = [item for item in items if _fits(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _fits(item):
    wanted = item.get_closest_marker("roles")
    host = item.callspec.params["_testinfra_host"]
    return wanted is None or ROLES.get(host.backend.get_pytest_id().removeprefix("ssh://")) in wanted.args
