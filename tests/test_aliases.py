"""YAML that stands for more than it shows is refused by every file that is read, with the line, before it is loaded."""

from __future__ import annotations

import pytest

from analysis import book, codebook, study
from analysis.aliases import MOST
from analysis.claims import rule
from analysis.errors import InputError
from analysis.halfway import trials
from analysis.recommendations import advice
from analysis.themes import coreq, theory

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGED = "a: &a {x: 1, y: 2, z: 3}\n" + "".join(
    f"{name}: &{name} {{<<: [{', '.join([f'*{before}'] * 12)}]}}\n"
    for before, name in zip("abcdef", "bcdefg", strict=True)
)
SCALAR = "not YAML|unknown key 'a'"  # of the codebook all values are read as texts
BOMBS = {
    "lists of aliases": (LAUGHS, "aliases stand for more than"),
    "merged mappings": (MERGED, "aliases stand for more than"),
    "an alias of a long list, over and over": (
        f"a: &a [{'x, ' * 200}]\nb: [{'*a, ' * 200}]\n",
        "aliases stand for more than",
    ),
    "a list that holds itself": ("a: &a\n  - [*a]\n", r"the alias \*a refers to a value that contains it"),
    "a mapping that is its own key": ("&a {*a : 1}", "refers to a value that contains it"),
    "lists within lists": (f"a: {'[' * 5_000}{']' * 5_000}", "more than 100 deep"),
    "blocks within blocks": ("".join(f"{'  ' * n}a:\n" for n in range(200)), "more than 100 deep"),
    "an alias of nothing": ("a: *b", "not YAML"),
    "an endless number": ("a: " + "9" * 5_000, SCALAR),
    "a day that is none": ("a: 2024-99-99", SCALAR),
    "a tag of Python's": ("a: !!python/object/apply:os.system [id]", SCALAR),
}
READERS = {
    "params.yaml": lambda path: study.load_params(study.Paths(path.parent)),
    "study.yaml": lambda path: book.load_study(study.Paths(path.parent)),
    "study.yaml, interviews": coreq.language,
    "codebook.yaml": codebook.load,
    "claims.yaml": rule.load_claims,
    "claims.yaml, amendments": rule.load_common,
    "theory.yaml": theory.load,
    "advice.yaml": advice.load,
    "calibration/spreading.yaml": lambda path: trials.load(path.parents[1]),
}


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("file", READERS)
def test_every_yaml_file_that_is_read_is_bounded(tmp_path, file, bomb):
    text, said = BOMBS[bomb]
    path = tmp_path / file.partition(",")[0]
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said) as error:
        READERS[file](path)
    assert error.value.path == path


def test_the_line_of_the_alias_is_said(tmp_path):
    (tmp_path / "params.yaml").write_text(LAUGHS, encoding="utf-8")
    with pytest.raises(InputError, match="aliases stand for") as error:
        study.load_params(study.Paths(tmp_path))
    assert error.value.line == 5


def test_aliases_that_people_write_are_read():
    text = "usual: &usual {draws: 100, seed: 1}\nfirst: [*usual, 2]\nsecond: *usual\n"
    assert study.parsed_yaml(text)["first"] == [{"draws": 100, "seed": 1}, 2]
    most = f"a: &a [{', '.join(['x'] * 99)}]\nb: [{', '.join(['*a'] * (MOST // 100))}]"
    assert len(study.parsed_yaml(most)["b"]) == MOST // 100


@pytest.mark.parametrize(
    ("content", "said"), [(None, "does not exist"), (b"a: \xff", "not UTF-8"), (b"a: \x01", "not YAML")]
)
def test_a_file_that_is_no_text_is_said_to_be_none(tmp_path, content, said):
    if content is not None:
        (tmp_path / "params.yaml").write_bytes(content)
    with pytest.raises(InputError, match=said):
        study.load_params(study.Paths(tmp_path))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("claims:\n  alpha: 0.001\n  alpha: 0.05\n", 3),
        ("a: 1\n'a': 2\n", 2),
        ("a: [{b: {c: 1, c: 2}}]\n", 1),
        ("yes: 1\ntrue: 2\n", 2),
    ],
)
def test_a_repeated_key_is_refused_with_its_line_wherever_it_is(tmp_path, text, line):
    path = tmp_path / "study.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"the key .* is repeated, in line \d+ and in line \d+") as error:
        study.read_yaml(path)
    assert error.value.line == line


@pytest.mark.parametrize(("text", "line"), [
    ("a: &a {b: 1}\nc:\n  <<: *a\n", 3), ("title: x\n<<: {doi: 10.5281/zenodo.1}\n", 2), ("a: [{<<: {b: 1}}]\n", 1),
])  # fmt: skip
def test_a_key_that_merges_another_mapping_in_is_refused_with_its_line(tmp_path, text, line):
    path = tmp_path / "study.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="a merge key") as error:
        study.read_yaml(path)
    assert error.value.line == line
    assert study.parsed_yaml("'<<': 1\n") == {"<<": 1}


def test_a_key_of_each_of_two_mappings_is_none_that_is_repeated():
    assert study.parsed_yaml("a: {b: 1}\nc: {b: 2}\n")["c"] == {"b": 2}
    assert study.parsed_yaml("") is None
