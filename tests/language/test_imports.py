"""Imports: blocks from other files, circles, and files that are not there."""

from __future__ import annotations

from pathlib import Path

from spec_text import findings_of, place

from cnndsl.project.loading import Loader, check_module, elaborate_model
from cnndsl.project.regular import read_source

RELU_BLOCK = "block act { relu }\n"
MODEL = 'import act from "blocks.cnn"\nmodel m {\n    input 4\n    act -> act\n}\n'


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.cnn").write_text(text)


def findings(path: Path) -> list[str]:
    """Each finding as `file CODE place message`."""
    found = check_module(Loader().module(read_source(str(path), path.name)))
    return [
        f"{one.location.source.name} {one.diagnostic.code} {place(one.location)} "
        f"{one.diagnostic.message}"
        for one in found
    ]


def test_a_block_of_another_file(tmp_path: Path) -> None:
    write(tmp_path, main=MODEL, blocks=RELU_BLOCK)
    module = Loader().module(read_source(str(tmp_path / "main.cnn")))
    network = elaborate_model(module.models[0], {})
    assert [view.path for view in network.layers] == ["act1.relu", "act2.relu"]


def test_paths_are_relative_to_the_importing_file(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    write(tmp_path / "shared", blocks=RELU_BLOCK, more='import act from "blocks.cnn"\n' + MORE)
    write(tmp_path, main='import twice from "shared/more.cnn"\nmodel m { input 4\n twice }\n')
    assert findings(tmp_path / "main.cnn") == []


MORE = "block twice { act -> act }\n"


def test_what_a_file_imports_it_does_not_pass_on(tmp_path: Path) -> None:
    write(tmp_path, blocks=RELU_BLOCK, more='import act from "blocks.cnn"\n' + MORE)
    write(tmp_path, main='import twice, act from "more.cnn"\nmodel m { input 4\n twice -> act }\n')
    assert findings(tmp_path / "main.cnn") == [
        "main.cnn CNN603 1:15-18 more.cnn defines no block, model or pixels `act`"
    ]


def test_a_file_is_read_once(tmp_path: Path) -> None:
    text = 'import act from "blocks.cnn"\nblock {name} {{ act }}\n'
    write(tmp_path, blocks=RELU_BLOCK, b=text.format(name="b"), c=text.format(name="c"))
    main = 'import b from "b.cnn"\nimport c from "c.cnn"\nmodel m { input 4\n b -> c }\n'
    write(tmp_path, main=main)
    loader = Loader()
    module = loader.module(read_source(str(tmp_path / "main.cnn")))
    assert check_module(module) == ()
    assert len(loader.modules) == 3


def test_a_circle_is_reported_with_its_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        a='import b from "b.cnn"\nblock a { relu }\n',
        b='import c from "c.cnn"\nblock b { relu }\n',
        c='import a from "a.cnn"\nblock c { a }\n',
    )
    assert findings(tmp_path / "a.cnn") == [
        "c.cnn CNN602 1:15-22 import cycle: a.cnn -> b.cnn -> c.cnn -> a.cnn"
    ]


def test_a_file_that_imports_itself(tmp_path: Path) -> None:
    write(tmp_path, a='import a from "a.cnn"\nblock a { relu }\n')
    assert findings(tmp_path / "a.cnn")[0].endswith("import cycle: a.cnn -> a.cnn")


def test_a_name_that_the_file_does_not_have(tmp_path: Path) -> None:
    write(tmp_path, main=MODEL.replace("import act", "import akt, act"), blocks=RELU_BLOCK)
    assert findings(tmp_path / "main.cnn") == [
        "main.cnn CNN603 1:8-11 blocks.cnn defines no block, model or pixels `akt`"
    ]


def test_models_are_imported(tmp_path: Path) -> None:
    write(tmp_path, main=MODEL, blocks="model act { input 5\n relu }\n")
    (found,) = findings(tmp_path / "main.cnn")
    assert "CNN336" in found
    assert "model act takes 5, and 4 enters here" in found


def test_a_failed_import_is_reported_once_and_its_calls_are_not(tmp_path: Path) -> None:
    write(tmp_path, main=MODEL + "model n {\n    input 4\n    act -> rleu\n}\n")
    assert findings(tmp_path / "main.cnn") == [
        "main.cnn CNN601 1:17-29 cannot read blocks.cnn: no such file or directory",
        "main.cnn CNN201 8:12-16 unknown layer or block `rleu`",
    ]


def test_a_failed_import_in_an_imported_file(tmp_path: Path) -> None:
    write(tmp_path, main=MODEL, blocks='import x from "x.cnn"\nblock act { x -> relu }\n')
    assert findings(tmp_path / "main.cnn") == [
        "blocks.cnn CNN601 1:15-22 cannot read x.cnn: no such file or directory"
    ]


def test_mistakes_in_an_imported_file_are_reported_in_it(tmp_path: Path) -> None:
    write(tmp_path, main=MODEL, blocks="block act { rleu }\nblock other { dense(0) }\n")
    assert findings(tmp_path / "main.cnn") == [
        "blocks.cnn CNN201 1:13-17 unknown layer or block `rleu`",
        "blocks.cnn CNN401 2:21-22 dense's `units` takes an integer of at least 1, "
        "not the integer 0",
    ]


def test_a_syntax_error_in_an_imported_file(tmp_path: Path) -> None:
    write(tmp_path, main=MODEL, blocks="block act { relu ->\n}\n")
    assert [line.split()[:2] for line in findings(tmp_path / "main.cnn")] == [
        ["blocks.cnn", "CNN109"]
    ]


def test_two_blocks_of_one_name(tmp_path: Path) -> None:
    write(tmp_path, blocks=RELU_BLOCK, other="block act { tanh }\n")
    write(tmp_path, main='import act from "other.cnn"\n' + MODEL)
    (finding,) = findings(tmp_path / "main.cnn")
    assert finding == "main.cnn CNN205 2:8-11 block `act` is already defined"
    write(tmp_path, main=MODEL + "block act { tanh }\n")
    (finding,) = findings(tmp_path / "main.cnn")
    assert finding == "main.cnn CNN205 6:7-10 block `act` is already defined"


def test_an_import_twice_is_one(tmp_path: Path) -> None:
    write(tmp_path, main='import act from "blocks.cnn"\n' + MODEL, blocks=RELU_BLOCK)
    assert findings(tmp_path / "main.cnn") == []


def test_only_spec_files_are_imported(tmp_path: Path) -> None:
    (tmp_path / "blocks.txt").write_text(RELU_BLOCK)
    write(tmp_path, main=MODEL.replace("blocks.cnn", "blocks.txt"))
    assert findings(tmp_path / "main.cnn") == [
        "main.cnn CNN601 1:17-29 cannot read blocks.txt: imports name files that end in .cnn"
    ]


def test_without_a_path_imports_are_relative_to_the_working_folder() -> None:
    (finding,) = findings_of('import a from "nowhere/a.cnn"\nmodel m { input 4\n a -> relu }\n')
    assert finding.startswith("CNN601")


def chain_of_imports(folder: Path, length: int, last: str) -> Path:
    """The first of so many files that each import the next, and use its block."""
    for number in range(length):
        after = f'import b{number + 1} from "n{number + 1}.cnn"\n'
        write(folder, **{f"n{number}": f"{after}block b{number} {{ b{number + 1} }}\n"})
    write(folder, **{f"n{length}": f"block b{length} {{ {last} }}\n"})
    write(folder, main='import b0 from "n0.cnn"\nmodel m {\n    input 4\n    b0\n}\n')
    return folder / "main.cnn"


def test_a_long_chain_of_imports(tmp_path: Path) -> None:
    assert findings(chain_of_imports(tmp_path, 150, "relu")) == []
    (deep,) = findings(chain_of_imports(tmp_path, 400, "relu"))
    assert " CNN106 " in deep
    assert any(" CNN201 " in one for one in findings(chain_of_imports(tmp_path, 400, "rleu")))


def test_an_endless_chain_of_imports(tmp_path: Path) -> None:
    (found,) = [
        one for one in findings(chain_of_imports(tmp_path, 1100, "relu")) if " CNN601 " in one
    ]
    assert found.endswith("cannot read n1000.cnn: more than 1,000 imports lead here")


def test_what_several_files_import_is_reported_once(tmp_path: Path) -> None:
    for number in range(40):
        after = "".join(f'import {one}{number + 1} from "n{number + 1}.cnn"\n' for one in "ab")
        blocks = "".join(f"block {one}{number} {{ {one}{number + 1} }}\n" for one in "ab")
        write(tmp_path, **{f"n{number}": after + blocks})
    write(tmp_path, n40="block a40 { rleu }\nblock b40 { relu }\n")
    assert len([one for one in findings(tmp_path / "n0.cnn") if " CNN201 " in one]) == 1
