"""The playground: what its page asks of cnndsl, and the page itself in a browser."""

from __future__ import annotations

import functools
import importlib.util
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from browser import Browser, needs_chromium

import cnndsl
from cnndsl.pictures.formats import written
from cnndsl.pictures.reading import drawing_of
from cnndsl.pictures.view import View
from cnndsl.project import zoo

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "playground"
BROKEN = "model net {\n    input 8x8x3  # 🙂\n    conv(4, 9x9)\n    max_pol(2x2)\n}\n"
SOUND = """\
model net(classes = 10) {
    input 8x8x3
    conv(4, 3x3)
    flatten
    dense(classes)
}
"""


def _session() -> Any:
    spec = importlib.util.spec_from_file_location("session", FOLDER / "session.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SESSION = _session()


def ask(kind: str, **more: Any) -> Any:
    return json.loads(SESSION.answer(json.dumps({"kind": kind, **more})))


def test_a_broken_spec() -> None:
    found = ask("check", text=BROKEN)
    assert (found["errors"], found["warnings"]) == (2, 0)
    marked = [
        BROKEN.encode("utf-16-le")[2 * one["start"] : 2 * one["end"]] for one in found["marks"]
    ]
    assert [one.decode("utf-16-le") for one in marked] == ["conv(4, 9x9)", "max_pol"]
    assert found["marks"][1]["message"].startswith("CNN201 ")
    assert "net.cnn:4:5" in found["report"]
    assert ask("code", text=BROKEN, model=None, backend="keras")["code"] == ""


def test_a_sound_spec() -> None:
    found = ask("check", text=SOUND)
    assert (found["errors"], found["warnings"], found["models"]) == (0, 0, ["net"])
    assert [one["text"] for one in found["hints"]] == [": 6x6x4", ": 144", ": 10"]
    table = ask("layers", text=SOUND, model="net", depth=None)
    assert [row[3] for row in table["rows"]] == ["6x6x4", "144", "10", ""]
    for backend in ("keras", "numpy", "torch"):
        emitted = ask("code", text=SOUND, model="net", backend=backend)
        expected = cnndsl.loads(SOUND, name="net.cnn").emit(backend)
        assert emitted == {"code": expected, "refusal": ""}


def test_a_picture() -> None:
    found = ask("picture", text=SOUND, model="net", depth=None)
    assert found["title"] == ""
    expected = drawing_of(cnndsl.loads(SOUND, name="net.cnn").network)
    assert found["svg"] == written(expected, "svg", View())
    broken = ask("picture", text=SOUND.replace("flatten", "conv(4, 9x9)"), model=None, depth=1)
    assert broken["title"] == "net, up to its first error"
    assert ">conv<" in broken["svg"]
    many = "model net {\n    input 8\n" + "    dense(8)\n    relu\n" * 1_100 + "}\n"
    found = ask("picture", text=many, model=None, depth=None)
    assert (found["svg"], "shows nothing" in found["title"]) == ("", True)


def test_no_text_at_all() -> None:
    assert ask("picture", text="", model=None, depth=None)["svg"] == ""
    assert ask("check", text="")["models"] == []
    assert ask("layers", text="", model=None, depth=None)["rows"] == []
    assert ask("code", text="", model=None, backend="torch")["refusal"]
    assert "no network" in ask("open", name="../secret")["text"]


@pytest.mark.slow
def test_every_zoo_network_opens_as_it_is() -> None:
    names = [name for group in ask("about")["zoo"].values() for name in group]
    assert names
    assert sorted(names) == sorted(one.name for one in zoo.entries())
    for name in names:
        opened = ask("open", name=name)
        network = cnndsl.loads(opened["text"], model=opened["model"])
        assert network.params == cnndsl.load(name).params, name


LISTENING = ("Network.enable", "Runtime.enable", "Log.enable", "Runtime.runIfWaitingForDebugger")


class Page(Browser):
    """A browser that also notes what the page's workers ask for and complain of."""

    def __init__(self) -> None:
        super().__init__()
        options = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}
        self.command("Target.setAutoAttach", **options)

    def _note(self, event: dict[str, Any]) -> None:
        facts = event.get("params", {})
        is_attached = event.get("method") == "Target.attachedToTarget"
        if is_attached and facts["targetInfo"]["type"] == "worker":
            assert self.process.stdin is not None
            for method in LISTENING:
                message = {"id": 0, "method": method, "sessionId": facts["sessionId"]}
                self.process.stdin.write(json.dumps(message).encode() + b"\0")
        super()._note(event)

    def visit(self, address: str) -> None:
        self.command("Page.navigate", url="about:blank")
        self.complaints.clear()
        self.requests.clear()
        self.command("Page.navigate", url=address)
        self.wait("document.body?.dataset.ready === 'true'")
        self.settle()

    def type(self, text: str) -> None:
        """Replace the editor's text as a person does, and wait for what is said of it."""
        before = self.evaluate("document.body.dataset.checked")
        self.evaluate("document.getElementById('text').focus()")
        self.evaluate("document.getElementById('text').select()")
        self.write(text)
        self.wait(f"document.body.dataset.checked !== {json.dumps(before)}")
        self.settle()

    def shown(self, tab: str) -> str:
        """What a tab has, once it is there."""
        self.click(f"[data-tab={tab}]")
        self.wait(f"document.getElementById('panel').dataset.shows === '{tab}'")
        return str(self.evaluate("document.getElementById('panel').innerText"))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the built page is served."""
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, str(FOLDER / "build.py"), str(folder)]
    subprocess.run(build, check=True)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()


@needs_chromium
@pytest.mark.long
@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_the_page_in_a_browser(address: str) -> None:
    with Page() as page:
        page.visit(address)
        assert page.evaluate("document.getElementById('status').textContent") == "clean"
        assert "tiny_resnet 32x32x3 -> 10, 271,962 parameters" in page.shown("report")

        page.type(BROKEN)
        report = page.shown("report")
        assert "CNN201" in report
        assert "--> net.cnn:4:5" in report
        assert page.evaluate("document.querySelectorAll('.mark.error').length") >= 2
        page.click(".place")
        focus = "document.activeElement.id + document.activeElement.selectionStart"
        assert page.evaluate(focus) == f"text{BROKEN.index('conv') + 1}"

        page.type(SOUND)
        assert "6x6x4" in page.evaluate("document.getElementById('copy').innerText")
        assert "144" in page.shown("layers")
        page.shown("picture")
        drawn = "document.querySelector('.picture').shadowRoot.querySelector('svg')"
        assert page.evaluate(f"{drawn}.querySelectorAll('g').length") == 5
        assert page.evaluate(f"{drawn}.textContent.includes('conv')")
        assert page.evaluate(f"{drawn}.getBoundingClientRect().height") > 200
        assert "class Net(nn.Module)" in page.shown("torch")
        assert "def net(classes: int = 10) -> keras.Model" in page.shown("keras")
        assert "import cnndsl_numpy as cn" in page.shown("numpy")

        page.click("#share")
        page.wait("location.hash.startsWith('#text=')")
        shared = page.evaluate("location.href")
        page.evaluate(
            "(() => { const zoo = document.getElementById('zoo'); zoo.value = 'resnet50';"
            "zoo.dispatchEvent(new Event('change')); })()"
        )
        page.wait("document.getElementById('status').textContent === 'clean'")
        page.wait("document.getElementById('text').value.includes('model resnet50')")
        assert "25,636,712" in page.shown("layers")

        page.visit(shared)
        assert page.evaluate("document.getElementById('text').value") == SOUND
        assert page.complaints == []
        assert page.requests
        origin = address.rpartition("/")[0]
        assert [one for one in page.requests if not one.startswith((origin, "data:"))] == []
