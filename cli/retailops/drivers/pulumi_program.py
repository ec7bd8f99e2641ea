"""What both engines ask of a program: its secrets, and who may write its stack."""

from __future__ import annotations

from typing import Any

from retailops import __version__
from retailops.errors import RetailopsError
from retailops.ports import StackRequest


def engine_request(request: StackRequest) -> Any:
    """The same request in the engine's own terms."""
    from retailops.engine.session import Request
    from retailops.engine.state.crypto import passphrase_only
    from retailops.engine.targeting import Targets

    passphrase_only(request.secrets_provider, request.stack)
    return Request(
        program=request.program,
        stack=request.stack,
        state=request.state,
        passphrase_file=request.passphrase_file,
        config=request.config,
        secrets=secret_values(request),
        kubeconfig=request.kubeconfig,
        refresh=request.refresh,
        skip_preview=request.skip_preview,
        targets=Targets(request.targets.names, request.targets.dependents, request.targets.replace),
        patience=request.patience,
    )


def secret_values(request: StackRequest) -> dict[str, str]:
    """The secret configuration, read out of its files; the values stay in memory."""
    values = {}
    for key, path in request.secret_config.items():
        try:
            values[key] = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise RetailopsError(f"the file of the secret {key} can't be read", details=str(error)) from error
    return values


def readable(state: str) -> bool:
    """Whether we can look into a state ourselves; the official CLI knows more places than folders and `s3://`."""
    return "://" not in state or state.startswith(("file://", "s3://"))


def opener(request: StackRequest) -> dict[str, str]:
    """What opens the stack's secrets, by its state: its own salt, or the KMS or Vault that keeps them; else, for a stack that is
    new, the project's salt unless the fleet names a KMS or Vault.
    """
    from retailops.engine.project import load_project
    from retailops.engine.state.backend import Backend
    from retailops.engine.state.checkpoint import keeper_of, salt_of

    if not readable(request.state):
        return {}
    backend, project = Backend(request.state), load_project(request.program).name
    document = backend.load(project, request.stack).document
    if document and (keeper := keeper_of(document))[0]:
        return dict(zip(("secretsprovider", "encryptedkey"), keeper, strict=True))
    salt = salt_of(document) if document else ""
    if not salt and not request.secrets_provider:
        salt = backend.project_salt(project)
    return {"encryptionsalt": salt} if salt else {}


class StatePlaces:
    """Implements `ports.MovesState`, for both engines."""

    def stacks_in(self, state: str) -> list[str]:
        from retailops.engine.state.backend import Backend
        from retailops.engine.state.moving import stacks

        return stacks(Backend(state))

    def move(self, name: str, source: str, target: str) -> None:
        from retailops.engine.state.backend import Backend
        from retailops.engine.state.moving import move

        project, _, stack = name.partition("/")
        move(Backend(source), Backend(target), project, stack)


def handover(request: StackRequest, to: str) -> bool:
    """Marks who may write the stack from now on, `builtin` or `official`; False where it is so already."""
    from retailops.engine.project import load_project
    from retailops.engine.state.backend import Backend
    from retailops.engine.state.handover import hand_over

    project = load_project(request.program)
    return hand_over(Backend(request.state), project.name, request.stack, to, __version__)
