"""Specs as they were in a revision of git."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile

from ..diagnostics.base import Failure
from .locate import read_file
from .regular import SUFFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..text import Source


class RevisionError(Failure):
    """A revision, or a file of one, that git does not have."""


def read_revision(spec: str, folder: str) -> Source:
    """The source that `REVISION:FILE` names, as git would read that.

    All specs of the revision are laid into the folder, since imports are relative. Raises
    `Failure`.
    """
    revision, _, file = spec.partition(":")
    if not revision:
        raise RevisionError(f"no revision stands before `{spec}`", f"write `HEAD{spec}`")
    if revision.startswith("-"):
        raise RevisionError(f"`{revision}` is no revision of git")
    top = _git("rev-parse", "--show-toplevel").decode().rstrip("\n")
    file = _file_in_tree(file)
    archive = _git("-C", top, "archive", "--format=tar", revision, "--", f"*{SUFFIX}")
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        for member in files:
            content = files.extractfile(member) if member.isfile() else None
            if content is not None:  # git lets no name lead out of its tree
                path = os.path.join(folder, member.name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as file_there:
                    file_there.write(content.read())
    return read_file(os.path.join(folder, file), spec)


def _file_in_tree(file: str) -> str:
    """A file's path from the top, if it is given from here. Raises `RevisionError`."""
    is_from_here = file.startswith(("./", "../"))
    prefix = _git("rev-parse", "--show-prefix").decode().rstrip("\n") if is_from_here else ""
    path = os.path.normpath(prefix + file)
    if os.path.isabs(path) or path.split(os.sep)[0] == os.pardir:
        advice = "a path starts at the top of the repository, or here with `./`"
        raise RevisionError(f"`{file}` is outside of the repository", advice)
    return path


def _git(*arguments: str) -> bytes:
    try:
        environment = {**os.environ, "LC_ALL": "C"}  # for what is read of its messages
        done = subprocess.run(
            ["git", *arguments], capture_output=True, check=False, env=environment
        )
    except OSError as error:
        raise RevisionError(f"git does not run: {error.strerror}") from None
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines() or ["it fails"]
        if "not a git repository" in reason[0]:
            advice = "name a file, or go where the repository is"
            raise RevisionError(f"{os.getcwd()} is in no repository of git", advice)
        raise RevisionError(f"git: {reason[0]}")
    return done.stdout
