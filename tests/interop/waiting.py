"""Waiting for what nobody tells us."""

import time


def until(condition, seconds=15):
    """What the condition gives, once that is true."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.01)


def links_are_up(cluster, daemon, api):
    """Waits until the daemon's event links to all Gateways are up."""
    admin = api.admin_grpc.AdminServiceStub(daemon.channel)

    def up():
        gateways = admin.GetClusterView(api.admin.GetClusterViewRequest(), timeout=5).gateways
        ready = [
            gateway for gateway in gateways for link in gateway.links
            if link.kind == api.admin.LINK_KIND_EVENT and link.state == api.admin.LINK_STATE_READY
        ]  # fmt: skip
        return len(ready) == len(cluster.inner)

    until(up)
