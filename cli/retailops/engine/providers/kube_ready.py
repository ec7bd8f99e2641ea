"""When an object is ready: pure judgements of what the server shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from retailops.engine.providers.kube_notes import SKIP, WAIT_FOR, is_set, note
from retailops.engine.providers.kube_wait_for import unmet
from retailops.errors import ToolError

Object = Mapping[str, Any]


class NeverReady(ToolError):
    """Waiting longer does not help."""


def why_not(kind: str, live: Object) -> str:
    """What is still missing, "" when it is ready; raises `NeverReady`. Kinds that are not known are ready at once."""
    if is_set(live, SKIP):
        return ""
    if wanted := note(live, WAIT_FOR):
        return unmet(wanted, live)
    judge = _JUDGES.get(kind)
    return judge(live) if judge else ""


def _status(live: Object) -> Mapping[str, Any]:
    return live.get("status") or {}


def _spec(live: Object) -> Mapping[str, Any]:
    return live.get("spec") or {}


def _condition(live: Object, kind: str) -> Mapping[str, Any]:
    return next((item for item in _status(live).get("conditions") or () if item.get("type") == kind), {})


def _unseen(live: Object) -> bool:
    return int(_status(live).get("observedGeneration") or 0) < int(live["metadata"].get("generation") or 0)


def _deployment(live: Object) -> str:
    status, wanted = _status(live), int(_spec(live).get("replicas", 1))
    progressing = _condition(live, "Progressing")
    if _unseen(live):
        return "its controller has not seen it yet"
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        raise NeverReady(f"its progress deadline has passed: {progressing.get('message', '')}")
    have = int(status.get("updatedReplicas") or 0)
    if have < wanted or int(status.get("replicas") or 0) > have or int(status.get("availableReplicas") or 0) < wanted:
        return f"{status.get('availableReplicas') or 0} of {wanted} replicas are available"
    return ""


def _stateful_set(live: Object) -> str:
    status, wanted = _status(live), int(_spec(live).get("replicas", 1))
    if _unseen(live):
        return "its controller has not seen it yet"
    ready = int(status.get("readyReplicas") or 0)
    if ready < wanted:
        return f"{ready} of {wanted} replicas are ready"
    return "" if _rolled(live, wanted) else "its pods are still being replaced"


def _rolled(live: Object, wanted: int) -> bool:
    """Whether a stateful set runs what it should; with `OnDelete` or a partition that is not all of it."""
    status, strategy = _status(live), _spec(live).get("updateStrategy") or {}
    if (
        not wanted
        or strategy.get("type") == "OnDelete"
        or status.get("currentRevision") == status.get("updateRevision")
    ):
        return True
    kept = int((strategy.get("rollingUpdate") or {}).get("partition") or 0)
    return kept > 0 and int(status.get("updatedReplicas") or 0) >= wanted - kept


def _daemon_set(live: Object) -> str:
    status = _status(live)
    if _unseen(live):
        return "its controller has not seen it yet"
    wanted = int(status.get("desiredNumberScheduled") or 0)
    by_hand = (_spec(live).get("updateStrategy") or {}).get("type") == "OnDelete"
    ready, updated = int(status.get("numberReady") or 0), int(status.get("updatedNumberScheduled") or 0)
    ready = ready if by_hand else min(ready, updated)
    return "" if ready >= wanted else f"{ready} of {wanted} pods are ready"


def _job(live: Object) -> str:
    if (failed := _condition(live, "Failed")).get("status") == "True":
        raise NeverReady(f"the job failed: {failed.get('message', '')}")
    return "" if _condition(live, "Complete").get("status") == "True" else "it has not completed"


def _pod(live: Object) -> str:
    if _status(live).get("phase") == "Failed":
        raise NeverReady("the pod failed")
    done = _status(live).get("phase") == "Succeeded" or _condition(live, "Ready").get("status") == "True"
    return "" if done else "the pod is not ready"


def _service(live: Object) -> str:
    if _spec(live).get("type") != "LoadBalancer":
        return ""
    return "" if (_status(live).get("loadBalancer") or {}).get("ingress") else "it has no address from outside yet"


def _ingress(live: Object) -> str:
    if (_status(live).get("loadBalancer") or {}).get("ingress"):
        return ""
    name = _spec(live).get("ingressClassName")
    return "it has no address: no ingress controller" + (f" of the class {name}" if name else "") + " has taken it"


def _controller(live: Object) -> str:
    ready, wanted = int(_status(live).get("readyReplicas") or 0), int(_spec(live).get("replicas", 1))
    return "" if ready >= wanted else f"{ready} of {wanted} replicas are ready"


def _volume(live: Object) -> str:
    return "" if _status(live).get("phase") in ("Available", "Bound") else "it is not available"


def _definition(live: Object) -> str:
    return "" if _condition(live, "Established").get("status") == "True" else "it is not established"


def _namespace(live: Object) -> str:
    return "" if _status(live).get("phase") == "Active" else "it is not active"


_JUDGES: dict[str, Callable[[Object], str]] = {
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "Job": _job,
    "Pod": _pod,
    "Service": _service,
    "ReplicationController": _controller,
    "Ingress": _ingress,
    "PersistentVolume": _volume,
    "CustomResourceDefinition": _definition,
    "Namespace": _namespace,
}
