"""`retailops cloud import` on what kubectl and others have made: state, lines, and an empty preview."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from program_case import NAMES, prepared
from stack_desk import Desk
from test_contract import kubeconfig as kubeconfig
from test_contract import real_kubeconfig as real_kubeconfig

from retailops.cli import main
from retailops.drivers import pulumi as driver
from retailops.engine.providers.kube_access import access
from retailops.engine.providers.kube_api import APPLY, Api
from retailops.engine.providers.port import Settings

CANARY = "canary-4711-never-in-clear"
CODED = base64.b64encode(CANARY.encode()).decode()
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
CONTAINER = {"name": "till", "image": "till:1", "env": [{"name": "SHOP", "value": "hz\n0001"}]}
TEMPLATE = {"metadata": {"labels": {"app": "till"}}, "spec": {"containers": [CONTAINER]}}
DEPLOYMENT = {"replicas": 0, "selector": {"matchLabels": {"app": "till"}}, "template": TEMPLATE}
SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "db"},
    "data": {"password": CODED},
    "type": "Opaque",
}


@dataclass
class Shop:
    """A namespace with what people and the cluster have put there, and the command line."""

    desk: Desk
    api: Api
    name: str

    def cloud(self, *words: str) -> Result:
        where = ["--program", str(self.desk.program), "--stack", "dev", "--kubeconfig", str(self.desk.kubeconfig)]
        secrets = ["--passphrase-file", str(self.desk.folder / "passphrase")]
        return CliRunner().invoke(main, ["cloud", *words, *where, *secrets])

    def make(self, plural: str, body: dict[str, Any], group: str = "/api/v1", applied: bool = False) -> None:
        place = f"{group}/namespaces/{self.name}/{plural}"
        if applied:
            self.api.patch(f"{place}/{body['metadata']['name']}", body, APPLY, fieldManager="argocd")
        else:
            self.api.post(place, body, fieldManager="kubectl-create")

    @property
    def state(self) -> list[dict[str, Any]]:
        path = self.desk.program / ".state/.pulumi/stacks/proj/dev.json"
        return list(json.loads(path.read_text())["checkpoint"]["latest"]["resources"])

    def written(self) -> str:
        folder = self.desk.program
        return "\n".join(path.read_text("utf-8", "replace") for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def shop(desk: Desk, kubeconfig: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(driver.shutil, "which", lambda _name: None)
    monkeypatch.delenv("RETAILOPS_FLEET", raising=False)
    monkeypatch.chdir(desk.folder)
    desk.kubeconfig = kubeconfig
    desk.write("")
    found = Shop(desk, Api(access(Settings({}, kubeconfig))), f"t-{uuid.uuid4().hex[:8]}")
    found.api.post("/api/v1/namespaces", _object("v1", "Namespace", found.name), fieldManager="kubectl-create")
    found.make(
        "configmaps", {**_object("v1", "ConfigMap", "prices"), "data": {"a.csv": "x;1\ny;2\n", "type": "Opaque"}}
    )
    note = {LAST_APPLIED: json.dumps(SECRET)}
    found.make("secrets", {**SECRET, "metadata": {"name": "db", "annotations": note}})
    found.make("deployments", {**_object("apps/v1", "Deployment", "till"), "spec": DEPLOYMENT}, "/apis/apps/v1")
    ports = [{"port": 80, "targetPort": 8080}]
    service = {**_object("v1", "Service", "till"), "spec": {"selector": {"app": "till"}, "ports": ports}}
    found.make("services", service)
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "prices", "uid": str(uuid.uuid4())}
    owned = _object("v1", "ConfigMap", "owned")
    found.make("configmaps", {**owned, "metadata": {"name": "owned", "ownerReferences": [owner]}})
    return found


@pytest.fixture
def ruled(shop: Shop) -> Shop:
    """With a network policy that another tool applies."""
    policy = {**_object("networking.k8s.io/v1", "NetworkPolicy", "deny"), "spec": {"podSelector": {}}}
    place = f"/apis/networking.k8s.io/v1/namespaces/{shop.name}/networkpolicies"
    shop.api.post(place, policy, fieldManager="argocd")
    return shop


def _object(version: str, kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}}


def test_a_namespace_becomes_a_program_and_the_preview_is_empty(ruled: Shop) -> None:
    shop, out = ruled, ruled.desk.program / "imported.py"
    asked = shop.cloud("import", "--namespace", shop.name)
    assert asked.exit_code == 2
    assert "Import these 5 objects into stack dev?" in asked.stderr
    assert not (shop.desk.program / ".state").exists()
    done = shop.cloud("import", "--namespace", shop.name, "--yes", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "dev: 5 imported" in done.output
    lines = out.read_text()
    for word in (
        "uid",
        "resourceVersion",
        "managedFields",
        "creationTimestamp",
        "status",
        "clusterIP",
        "owned",
        "root-ca",
    ):
        assert word not in lines
    assert '"x;1\\n"' in lines
    shop.desk.write("import imported\n")
    preview = shop.cloud("preview", "--check")
    assert preview.exit_code == 0, preview.output
    refresh = shop.cloud("refresh", "-o", "json")
    assert [step for step in json.loads(refresh.stdout)["steps"] if step["op"] != "same"] == []
    assert shop.cloud("preview", "--check").exit_code == 0
    again = shop.cloud("import", "--namespace", shop.name, "--yes", "--out", str(out))
    assert "has nothing that stack dev does not have already" in again.output
    refused = shop.cloud("destroy", "--yes")
    assert "is protected and would be deleted" in refused.stderr


def test_the_first_change_names_the_owner_and_the_annotation_takes_it(shop: Shop) -> None:
    lines = shop.cloud("import", "--resource", "kubernetes:apps/v1:Deployment", "till", f"{shop.name}/till").stdout
    changed = lines.replace("till:1", "till:2")
    shop.desk.write(changed)
    refused = shop.cloud("up")
    assert refused.exit_code == 1
    assert f"Deployment {shop.name}/till: somebody else has set fields that this stack wants" in refused.stderr
    assert "kubectl-create" in refused.stderr
    shop.desk.write(
        changed.replace('metadata={"name"', 'metadata={"annotations": {"pulumi.com/patchForce": "true"}, "name"', 1)
    )
    done = shop.cloud("up")
    assert done.exit_code == 0, done.output
    assert shop.cloud("preview", "--check").exit_code == 0


def test_a_secret_is_never_in_clear(ruled: Shop) -> None:
    done = ruled.cloud("import", "--namespace", ruled.name, "--yes", "-o", "json")
    assert done.exit_code == 0, done.output
    lines = json.loads(done.stdout)["lines"]
    assert '# "data": not written here, because it is secret' in lines
    assert 'ignore_changes=["data"]' in lines
    ruled.desk.write(lines)
    shown = ruled.cloud("preview", "--check")
    assert shown.exit_code == 0, shown.output
    ruled.cloud("up")
    for text in (done.output, shown.output, ruled.written(), ruled.cloud("refresh").output):
        assert CANARY not in text
        assert CODED not in text
        assert CODED.rstrip("=") not in text


def test_single_resources_are_printed_to_be_piped(shop: Shop) -> None:
    wanted = ["--resource", "kubernetes:core/v1:ConfigMap", "prices", f"{shop.name}/prices"]
    done = shop.cloud("import", *wanted)
    assert done.exit_code == 0, done.output
    assert done.stdout == (
        "import pulumi\n"
        "import pulumi_kubernetes as k8s\n"
        "\n"
        "prices = k8s.core.v1.ConfigMap(\n"
        '    "prices",\n'
        "    data={\n"
        '        "a.csv": (\n'
        '            "x;1\\n"\n'
        '            "y;2\\n"\n'
        "        ),\n"
        '        "type": "Opaque",\n'
        "    },\n"
        f'    metadata={{"name": "prices", "namespace": "{shop.name}"}},\n'
        "    opts=pulumi.ResourceOptions(protect=True),\n"
        ")\n"
    )
    assert "dev: 1 imported" in done.stderr
    again = shop.cloud("import", *wanted)
    assert again.stdout == done.stdout
    assert "was imported already: urn:pulumi:dev::proj::kubernetes:core/v1:ConfigMap::prices" in again.stderr
    assert shop.cloud("import", *wanted, "--no-protect").stdout == done.stdout


def test_one_that_is_not_there_and_a_type_that_is_unknown_import_nothing(shop: Shop) -> None:
    given = [("kubernetes:core/v1:ConfigMap", "prices", "prices"), ("kubernetes:core/v1:ConfigMap", "zz", "zz")]
    given.append(("kubernetes:core/v1:Till", "t", "t"))
    words = [word for kind, name, own in given for word in ("--resource", kind, name, f"{shop.name}/{own}")]
    done = shop.cloud("import", *words)
    assert done.exit_code == 1
    assert done.stderr.splitlines()[:3] == [
        "Error: 2 of 3 resources can't be imported",
        f"core/v1:ConfigMap zz: there is no {shop.name}/zz",
        "core/v1:Till t: the cluster has no kind Till in v1",
    ]
    assert not list((shop.desk.program / ".state").rglob("dev.json"))


def test_a_file_of_a_person_is_never_overwritten(shop: Shop) -> None:
    out = shop.desk.program / "mine.py"
    out.write_text("# mine\n")
    done = shop.cloud(
        "import", "--out", str(out), "--resource", "kubernetes:core/v1:ConfigMap", "prices", f"{shop.name}/prices"
    )
    assert done.exit_code == 2
    assert "is there already and says something else" in done.stderr
    assert out.read_text() == "# mine\n"
    assert not list((shop.desk.program / ".state").rglob("dev.json"))


def test_pulumis_import_file_with_parents(shop: Shop) -> None:
    shop.desk.write('g = pulumi.ComponentResource("my:index:Group", "g")\n')
    assert shop.cloud("up").exit_code == 0
    group = "urn:pulumi:dev::proj::my:index:Group::g"
    one = {"type": "kubernetes:core/v1:ConfigMap", "name": "prices", "id": f"{shop.name}/prices", "parent": "shop"}
    two = {"type": "kubernetes:core/v1:Service", "name": "prices", "id": f"{shop.name}/till"}
    (shop.desk.folder / "import.json").write_text(json.dumps({"nameTable": {"shop": group}, "resources": [one, two]}))
    done = shop.cloud("import", "--from", str(shop.desk.folder / "import.json"))
    assert done.exit_code == 0, done.output
    assert "opts=pulumi.ResourceOptions(parent=shop, protect=True)" in done.stdout
    assert "prices_service = k8s.core.v1.Service(" in done.stdout
    shop.desk.write('shop = pulumi.ComponentResource("my:index:Group", "g")\n' + done.stdout)
    assert shop.cloud("preview", "--check").exit_code == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "is no import file"),
        ("[" * 100_000, "is not JSON"),
        ("\udcff", "is not JSON"),
        ('{"resources": []}', "is no import file"),
        ('{"nameTable": {"a;b": "urn:x"}, "resources": [7]}', "nameTable has 'a;b', which can't be a variable"),
        ('{"resources": [7]}', "resource 1 is no object"),
        ('{"resources": [{"type": "a:b:C", "name": "x"}]}', "resource 1 has no id"),
        ('{"resources": [{"type": "a:b:C", "name": "x", "id": 7}]}', "resource 1: id is no text"),
        ('{"resources": [{"version": "1"}]}', "'version'; the built-in engine does not know it"),
        ('{"resources": [{"typ": "1"}]}', "has the key 'typ'"),
    ],
)
def test_an_odd_import_file(desk: Desk, text: str, words: str) -> None:
    path = desk.folder / "import.json"
    path.write_text(text, errors="surrogateescape")
    where = ["--program", str(desk.program), "--stack", "dev", "--passphrase-file", str(desk.folder / "passphrase")]
    done = CliRunner().invoke(main, ["cloud", "import", *where, "--from", str(path)])
    assert done.exit_code == 2
    assert words in done.stderr


@pytest.mark.parametrize("words", [[], ["--namespace", "x", "--from", "y"]])
def test_what_to_import_is_named_once(desk: Desk, words: list[str]) -> None:
    where = ["--program", str(desk.program), "--stack", "dev", "--passphrase-file", str(desk.folder / "passphrase")]
    done = CliRunner().invoke(main, ["cloud", "import", *where, *words])
    assert done.exit_code == 2
    assert "--resource TYPE NAME ID, --from FILE, or --namespace NAME" in done.stderr


@pytest.fixture
def adopted(monkeypatch: pytest.MonkeyPatch) -> Callable[[Desk, str], Result]:
    monkeypatch.setattr(driver.shutil, "which", lambda _name: None)
    monkeypatch.delenv("RETAILOPS_FLEET", raising=False)

    def call(desk: Desk, *words: str) -> Result:
        where = ["--program", str(desk.program), "--stack", "new", "--kubeconfig", str(desk.kubeconfig)]
        return CliRunner().invoke(main, ["cloud", *words, *where, "--passphrase-file", str(desk.folder / "passphrase")])

    return call


@pytest.mark.parametrize("name", NAMES)
def test_what_an_ordinary_program_made_is_adopted_by_a_new_one(
    name: str, desk: Desk, adopted: Callable[..., Result]
) -> None:
    prepared(name, desk)
    made = [item for item in desk.up().steps if item.op == "create" and "kubernetes:core/v1:Namespace::" in item.urn]
    state = json.loads((desk.folder / f"state/.pulumi/stacks/{name}/dev.json").read_text())
    spaces = [
        item["id"] for item in state["checkpoint"]["latest"]["resources"] if item["urn"] in {one.urn for one in made}
    ]
    for file in desk.program.iterdir():
        file.unlink() if file.is_file() else None
    (desk.program / "Pulumi.yaml").write_text("name: adopted\nruntime: python\n")
    (desk.program / "__main__.py").write_text("")
    for number, space in enumerate(spaces):
        done = adopted(desk, "import", "--namespace", space, "--yes", "--out", str(desk.program / f"part{number}.py"))
        assert done.exit_code == 0, done.output
    (desk.program / "__main__.py").write_text("".join(f"import part{number}\n" for number in range(len(spaces))))
    preview = adopted(desk, "preview", "--check")
    assert preview.exit_code == 0, preview.output
