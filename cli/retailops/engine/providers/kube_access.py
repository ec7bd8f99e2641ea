"""Reading a kubeconfig: where the API server is, whom to trust, who we are. Keys never touch the disk again."""

from __future__ import annotations

import base64
import json
import os
import ssl
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from retailops.engine.providers.port import Settings
from retailops.errors import RetailopsError, ToolError


@dataclass(frozen=True)
class Access:
    """`headers` carry a token, if there is one; `tls` is None for plain HTTP."""

    server: str
    namespace: str
    headers: Mapping[str, str]
    tls: ssl.SSLContext | None


def access(settings: Settings) -> Access:
    """From the provider's own inputs, else the stack's kubeconfig, else KUBECONFIG, else ~/.kube/config."""
    document, folder = _document(settings)
    wanted = settings.inputs.get("context") or document.get("current-context")
    context = _entry(document, "contexts", wanted, "context")
    cluster = _entry(document, "clusters", settings.inputs.get("cluster") or context.get("cluster"), "cluster")
    user = _entry(document, "users", context.get("user"), "user") if context.get("user") else {}
    server = str(cluster.get("server") or "")
    if not server.startswith(("https://", "http://")):
        raise RetailopsError(f"the kubeconfig's server {server!r} is not an http(s) address")
    namespace = settings.inputs.get("namespace") or context.get("namespace") or "default"
    tls = _tls(cluster, user, folder) if server.startswith("https") else None
    return Access(server.rstrip("/"), str(namespace), _headers(user, folder), tls)


def _document(settings: Settings) -> tuple[Mapping[str, Any], Path]:
    given = settings.inputs.get("kubeconfig")
    if isinstance(given, dict):
        return given, Path.cwd()
    if isinstance(given, str) and given and ("\n" in given or given.lstrip().startswith("{")):
        return _parse(given, "the provider's kubeconfig"), Path.cwd()
    path = Path(given) if given else settings.kubeconfig or _usual()
    try:
        text = path.expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RetailopsError(
            f"the kubeconfig {path} can't be read", details=str(error), resolution="Name one: --kubeconfig FILE."
        ) from error
    return _parse(text, str(path)), path.expanduser().absolute().parent


def _usual() -> Path:
    return Path((os.environ.get("KUBECONFIG") or "~/.kube/config").split(os.pathsep)[0])


def _parse(text: str, where: str) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise RetailopsError(f"{where} is not YAML", resolution="Take a new kubeconfig from the cluster.") from error
    if not isinstance(document, dict):
        raise RetailopsError(f"{where} is not a kubeconfig")
    return document


def _entry(document: Mapping[str, Any], section: str, name: Any, inside: str) -> dict[str, Any]:
    for item in document.get(section) or ():
        if isinstance(item, dict) and item.get("name") == name:
            return dict(item.get(inside) or {})
    raise RetailopsError(f"the kubeconfig has no {inside} named {name!r}")


def _bytes(entry: Mapping[str, Any], key: str, folder: Path) -> bytes | None:
    if data := entry.get(f"{key}-data"):
        return base64.b64decode(data)
    return (folder / str(entry[key])).read_bytes() if entry.get(key) else None


def _tls(cluster: Mapping[str, Any], user: Mapping[str, Any], folder: Path) -> ssl.SSLContext:
    authority = _bytes(cluster, "certificate-authority", folder)
    context = ssl.create_default_context(cadata=authority.decode() if authority else None)
    if cluster.get("insecure-skip-tls-verify"):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    certificate, key = _bytes(user, "client-certificate", folder), _bytes(user, "client-key", folder)
    if certificate and key:
        _load_pair(context, certificate + b"\n" + key)
    return context


def _load_pair(context: ssl.SSLContext, pair: bytes) -> None:
    """OpenSSL wants a path: memory that has one."""
    descriptor = os.memfd_create("retailops-client")
    try:
        os.write(descriptor, pair)
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def _headers(user: Mapping[str, Any], folder: Path) -> dict[str, str]:
    token = user.get("token")
    if user.get("tokenFile"):
        token = (folder / str(user["tokenFile"])).read_text(encoding="utf-8").strip()
    if user.get("exec"):
        token = _executed(user["exec"])
    return {"Authorization": f"Bearer {token}"} if token else {}


def _executed(plugin: Mapping[str, Any]) -> str:
    """A credential plug-in: prints an ExecCredential as JSON."""
    environment = {**os.environ, **{item["name"]: item["value"] for item in plugin.get("env") or ()}}
    command = [str(plugin["command"]), *map(str, plugin.get("args") or ())]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=True)
        return str(json.loads(done.stdout)["status"]["token"])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        raise ToolError(f"the kubeconfig's credential plug-in {command[0]} gave no token") from error
