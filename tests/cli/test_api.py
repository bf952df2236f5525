"""cnndsl from Python."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from altered_backends import replaced

import cnndsl
from cnndsl import SpecError, UnreadableSpecError
from cnndsl.backend import Artifact, Backend, Framework, Runtime
from cnndsl.diagnostics.backends import UnknownBackend
from cnndsl.diagnostics.base import Rejected
from cnndsl.ir.network import Network

NET = """\
# Net (2020).
model net(classes = 10, kernel = 3x3) {
    input 8x8x3
    conv(4, kernel) -> batch_norm -> flatten -> dense(classes) as scores -> softmax
    output main, scores
}
"""


class EchoModels:
    """Models that are their code, turned around."""

    def build(self, artifact: Artifact, _network: Network, _dtype: str | None) -> str:
        return artifact.text[::-1]


ECHO = Backend(
    "echo",
    lambda network: Artifact(".txt", f"# {network.name}\n"),
    framework=Framework("sys", extra="echo"),
    load=lambda: Runtime(models=EchoModels()),
)
"""A backend whose code is the network's name."""


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[Backend], None]:
    def install(backend: Backend) -> None:
        def find(name: str) -> Any:
            if name != "echo":
                raise Rejected(UnknownBackend(name, ("echo",)))
            return backend

        monkeypatch.setattr("cnndsl.backend.find_backend", find)

    return install


def test_a_checked_network() -> None:
    net = cnndsl.loads(NET)
    assert net.name == "net"
    assert net.documentation == "Net (2020)."
    assert net.input_shape == (8, 8, 3)
    assert net.output_shape == (10,)
    assert net.output_shapes == {"main": (10,), "scores": (10,)}
    assert net.params == 112 + 16 + 1450
    assert net.trainable_params == net.params - 8
    assert net.macs == 36 * 108 + 1440
    assert [layer.path for layer in net.layers] == [
        "conv", "batch_norm", "flatten", "scores", "softmax"
    ]  # fmt: skip
    assert net.summary().startswith("net(classes=10, kernel=3x3), from <text>\n")
    assert repr(net) == "<CheckedNetwork net: 8x8x3 -> 10, 10, 1,578 parameters>"


def test_parameters() -> None:
    net = cnndsl.loads(NET, classes=6, kernel="1x1")
    assert net.output_shape == (6,)
    assert net.parameters["classes"] == 6
    assert net.layers[0].shape.dims == (8, 8, 4)


def test_load_takes_a_path_or_a_zoo_name(tmp_path: Path) -> None:
    path = tmp_path / "net.cnn"
    path.write_text(NET)
    assert cnndsl.load(path).name == "net"
    assert cnndsl.load(str(path), classes=3).output_shape == (3,)
    assert cnndsl.load("lenet5").params == 61_750


def test_models_of_a_file() -> None:
    text = NET + "model other { input 3\n dense(2) }\n"
    assert cnndsl.loads(text, model="other").name == "other"
    with pytest.raises(SpecError, match="defines 2 models"):
        cnndsl.loads(text)
    with pytest.raises(SpecError, match="no model is named `outher`"):
        cnndsl.loads(text, model="outher")


def test_all_findings_are_in_the_error() -> None:
    with pytest.raises(SpecError) as error:
        cnndsl.loads("model m {\n input 8x8x3\n conv(4, 9x9)\n max_pol(2)\n}", name="x.cnn")
    assert [one.diagnostic.code for one in error.value.findings] == ["CNN304", "CNN201"]
    assert str(error.value).startswith("x.cnn:3:2: CNN304 ")
    with pytest.raises(SpecError, match="CNN103"):
        cnndsl.loads("nonsense")
    with pytest.raises(SpecError, match="no parameter `clases`"):
        cnndsl.loads(NET, clases=3)


def test_unreadable() -> None:
    with pytest.raises(UnreadableSpecError, match="did you mean `lenet5`"):
        cnndsl.load("lenet6")
    with pytest.raises(OSError, match="no such file"):
        cnndsl.load("nothing.cnn")


def test_imports_of_text_start_at_its_names_folder(tmp_path: Path) -> None:
    (tmp_path / "blocks.cnn").write_text("block b() { relu }\n")
    text = 'import b from "blocks.cnn"\nmodel m { input 3\n b() }\n'
    assert cnndsl.loads(text, name=str(tmp_path / "net.cnn")).name == "m"


def test_check(tmp_path: Path) -> None:
    path = tmp_path / "net.cnn"
    path.write_text(NET)
    assert cnndsl.check(path) == ()
    assert cnndsl.check(str(path)) == ()
    assert cnndsl.check(NET) == ()
    assert cnndsl.check("lenet5") == ()
    (finding,) = cnndsl.check("model m { input 8x8x3 -> relu }")
    assert finding.diagnostic.code == "CNN109"
    with pytest.raises(UnreadableSpecError):
        cnndsl.check("nothing.cnn")


def test_emit_and_build(use: Callable[[Backend], None]) -> None:
    use(ECHO)
    net = cnndsl.loads(NET)
    assert net.emit("echo") == "# net\n"
    assert net.build("echo") == "\nten #"
    with pytest.raises(ValueError, match="no backend is named `ecko`; did you mean `echo`"):
        net.emit("ecko")
    use(replaced(ECHO, framework=Framework("no_such_framework", extra="echo")))
    with pytest.raises(ImportError, match=r"pip install 'cnndsl\[echo\]'"):
        net.build("echo")
    assert net.emit("echo") == "# net\n"
    use(Backend("echo", lambda _network: Artifact(".bin", b"net")))
    with pytest.raises(ValueError, match="the echo backend has no live models"):
        net.build("echo")
    assert net.emit("echo") == b"net"


# The package


def test_all_names_are_there() -> None:
    for name in cnndsl.__all__:
        assert getattr(cnndsl, name) is not None
        assert name in dir(cnndsl)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = cnndsl.nothing  # type: ignore[attr-defined]  # that is the point


def test_importing_the_package_imports_little() -> None:
    code = "import sys; before = set(sys.modules); import cnndsl; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"cnndsl", "__future__"}
