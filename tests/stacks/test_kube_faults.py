"""An API server that goes away in the middle of an `up`: what was made is known, the line says what, the next run completes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fake_apiserver import Cluster, serving
from stack_desk import Desk, ops

from retailops.engine.providers import kube_api
from retailops.errors import RetailopsError

SOURCE = """
ns = k8s.core.v1.Namespace("shop", metadata={"name": "shop"})
before = [ns]
for n in range(6):
    before = [k8s.core.v1.ConfigMap(f"c{n}", metadata={"name": f"c{n}", "namespace": "shop"}, data={"n": str(n)},
        opts=pulumi.ResourceOptions(depends_on=before))]
"""
NAMES = [f"c{n}" for n in range(6)]


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """No waiting between attempts, and a short patience with a server that says nothing."""
    slept: list[float] = []
    monkeypatch.setattr(kube_api, "_pause", slept.append)
    monkeypatch.setattr(kube_api, "_READ", 0.5)
    return slept


def at(count: int, what: str, verb: str = "POST") -> Callable[[str, str], str]:
    """From the `count`th real request of this kind on, every request meets the same."""
    seen: list[str] = []

    def trouble(method: str, path: str) -> str:
        if method == verb and "dryRun" not in path:
            seen.append(path)
        return what if len(seen) >= count else ""

    return trouble


def known(desk: Desk) -> set[str]:
    """Names of everything that the state speaks of, operations under way included."""
    latest = json.loads((Path(desk.request.state) / ".pulumi/stacks/proj/dev.json").read_text())["checkpoint"]["latest"]
    pending = [item["resource"] for item in latest.get("pending_operations") or ()]
    return {item["urn"].rsplit("::", 1)[-1] for item in [*latest["resources"], *pending]}


def there(cluster: Cluster) -> set[str]:
    return {path.rsplit("/", 1)[-1] for path in cluster.objects}


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("reset", "went away during a request"),
        ("lost", "went away during a request"),
        ("hang", "went away during a request"),
        ("503", "could not serve core/v1:ConfigMap c2: status 503"),
        ("500", "could not serve core/v1:ConfigMap c2: status 500"),
        ("504", "does not say what became of a request: status 504"),
        ("late 500", "does not say what became of a request: status 500"),
    ],
)
def test_a_server_that_goes_away_while_things_are_made(desk: Desk, cluster: Cluster, what: str, words: str) -> None:
    cluster.trouble = at(4, what)
    with pytest.raises(RetailopsError) as caught:
        desk.up(SOURCE)
    assert words in caught.value.message
    assert there(cluster) <= known(desk)
    made = {path: item["metadata"]["uid"] for path, item in cluster.objects.items()}
    assert len(made) in (3, 4)
    cluster.trouble = lambda _verb, _path: ""
    desk.up()
    assert there(cluster) == {"shop", *NAMES}
    assert {path: cluster.objects[path]["metadata"]["uid"] for path in made} == made
    assert desk.up().changes == 0


def test_an_answer_that_was_lost_is_asked_for_again_and_the_object_known(desk: Desk, cluster: Cluster) -> None:
    answers = iter(["", "late 503"])
    cluster.trouble = lambda verb, path: next(answers, "") if verb == "POST" and "dryRun" not in path else ""
    desk.up(SOURCE)
    assert there(cluster) == {"shop", *NAMES}
    assert desk.up().changes == 0


@pytest.mark.parametrize("what", ["reset", "lost", "503"])
def test_a_server_that_goes_away_while_things_are_deleted(desk: Desk, cluster: Cluster, what: str) -> None:
    desk.up(SOURCE)
    cluster.trouble = at(3, what, "DELETE")
    with pytest.raises(RetailopsError):
        desk.stacks.destroy(desk.request, desk.lines.append)
    assert there(cluster) <= known(desk)
    cluster.trouble = lambda _verb, _path: ""
    desk.stacks.destroy(desk.request, desk.lines.append)
    assert cluster.objects == {}


def test_nobody_listens_any_more(desk: Desk, cluster: Cluster) -> None:
    port = int(json.loads(desk.kubeconfig.read_text())["clusters"][0]["cluster"]["server"].rsplit(":", 1)[1])
    with ExitStack() as first:
        url = first.enter_context(serving(cluster))
        desk.kubeconfig.write_text(desk.kubeconfig.read_text().replace(str(port), url.rsplit(":", 1)[1]))
        gone: list[threading.Thread] = []

        def trouble(_verb: str, _path: str) -> str:
            if len([line for line in cluster.log if line.startswith("POST")]) == 3 and not gone:
                gone.append(threading.Thread(target=first.close))
                gone[0].start()
                return "lost"
            return ""

        cluster.trouble = trouble
        with pytest.raises(RetailopsError) as caught:
            desk.up(SOURCE)
        gone[0].join()
    assert "the Kubernetes API at" in caught.value.message
    assert there(cluster) <= known(desk)
    cluster.trouble = lambda _verb, _path: ""
    with serving(cluster, int(url.rsplit(":", 1)[1])):
        desk.up()
        assert there(cluster) == {"shop", *NAMES}
        assert desk.up().changes == 0


def test_a_server_that_asks_for_patience_gets_it(desk: Desk, cluster: Cluster, brief: list[float]) -> None:
    answers = iter(["429", "429", "503"])
    cluster.trouble = lambda verb, path: next(answers, "") if verb == "POST" and "dryRun" not in path else ""
    desk.up(SOURCE)
    assert brief == [3.0, 3.0, 3.0]
    assert there(cluster) == {"shop", *NAMES}


@pytest.mark.parametrize("what", ["reset", "503"])
def test_a_server_that_goes_away_while_we_wait_is_waited_for(desk: Desk, cluster: Cluster, what: str) -> None:
    source = """
ns = k8s.core.v1.Namespace("shop", metadata={"name": "shop"})
k8s.apps.v1.Deployment("d", metadata={"name": "d", "namespace": "shop", "annotations": {"pulumi.com/timeoutSeconds": "3"}},
    spec={"selector": {"matchLabels": {"app": "d"}}, "template": {"metadata": {"labels": {"app": "d"}},
    "spec": {"containers": [{"name": "x", "image": "never"}]}}}, opts=pulumi.ResourceOptions(depends_on=[ns]))
"""
    looked: list[str] = []

    def trouble(method: str, path: str) -> str:
        if method == "GET" and path.endswith("/deployments/d"):
            looked.append(path)
            if len(looked) == 6:
                cluster.get(path)["status"] |= {"availableReplicas": 1}
            return what if 2 <= len(looked) < 6 else ""
        return ""

    cluster.trouble = trouble
    assert ops(desk.up(source)) == {"create": ["d", "shop"]}


def test_a_server_that_never_comes_back_while_we_wait_leaves_what_was_made(desk: Desk, cluster: Cluster) -> None:
    source = """
ns = k8s.core.v1.Namespace("shop", metadata={"name": "shop"})
k8s.batch.v1.Job("j", metadata={"name": "j", "namespace": "shop", "annotations": {"pulumi.com/timeoutSeconds": "1"}},
    spec={"template": {"spec": {"containers": [{"name": "x", "image": "never"}]}}},
    opts=pulumi.ResourceOptions(depends_on=[ns]))
"""
    cluster.trouble = lambda verb, path: "reset" if verb == "GET" and path.endswith("/jobs/j") else ""
    with pytest.raises(RetailopsError) as caught:
        desk.up(source)
    assert "Job shop/j is there but not ready: it can't be looked at" in caught.value.message
    assert known(desk) >= {"shop", "j"}


@pytest.fixture
def scaled(desk: Desk, cluster: Cluster) -> Iterator[str]:
    """A deployment that an autoscaler has brought from 2 replicas to 5."""
    source = """
ns = k8s.core.v1.Namespace("shop", metadata={"name": "shop"})
k8s.apps.v1.Deployment("d", metadata={"name": "d", "namespace": ns.metadata.name}, spec={"replicas": 2,
    "selector": {"matchLabels": {"app": "d"}}, "template": {"metadata": {"labels": {"app": "d"}},
    "spec": {"containers": [{"name": "x", "image": "till:1"}]}}}, opts=pulumi.ResourceOptions(ignore_changes=[]))
"""
    desk.up(source)
    place = "/apis/apps/v1/namespaces/shop/deployments/d"
    cluster.edit(place, "spec.replicas", 5, "kube-controller-manager", "scale")
    yield source
    assert cluster.get(place)["spec"]["replicas"] == 5


@pytest.mark.usefixtures("scaled")
def test_what_an_autoscaler_sets_is_no_drift(desk: Desk) -> None:
    assert desk.stacks.refresh(desk.request, desk.lines.append).changes == 0
    assert desk.up().changes == 0


def test_a_change_leaves_the_autoscalers_field_alone_if_the_program_ignores_it(desk: Desk, scaled: str) -> None:
    changed = scaled.replace("till:1", "till:2")
    with pytest.raises(RetailopsError) as caught:
        desk.up(changed)
    assert "kube-controller-manager" in (caught.value.details or "")
    assert "ignore_changes" in (caught.value.resolution or "")
    assert ops(desk.up(changed.replace("=[]", '=["spec.replicas"]'))) == {"update": ["d"]}
