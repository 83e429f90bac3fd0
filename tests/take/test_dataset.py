"""The public data set, and what each published thing calls people: nobody can lead one to the other."""

import itertools
import json
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from analysis import published, study
from analysis.errors import InputError
from analysis.tools import dataset

ROOT = Path(__file__).parents[2]
KEY = b"a key"
CODES = [f"M{a}{b}23" for a in "ABCDEF" for b in "KLMN"]  # 24 members


def a_study(root, consent=None, simulated=True, **stated) -> study.Paths:
    """A study of 24 members in two chats, one of whom agreed to numbers over all only; a message was deleted."""
    paths = study.Paths(root)
    people = pd.DataFrame({
        "member": CODES, "sector": ["food", "craft", "services"] * 8,
        "role": ["chair", *["committee"] * 3, *["member"] * 20],
        "joined": pd.Timestamp("2024-01-01", tz="UTC"), "consent": consent or ["quotes"] * 23 + ["aggregate"],
    })  # fmt: skip
    messages = pd.DataFrame({
        "message_id": [f"chat-{i}" for i in range(48)], "channel": ["officers"] * 20 + ["all"] * 28,
        "time": pd.date_range("2024-03-03T16:50", periods=48, freq="13h", tz="UTC"),
        "member": [CODES[i % 4] for i in range(20)] + [CODES[i % 24] for i in range(28)], "text": "kopi",
        "kind": ["text"] * 4 + ["deleted"] + ["text"] * 43,
    })  # fmt: skip
    coded = pd.DataFrame({"unit_id": messages["message_id"], "code": "business_news", "value": 1, "probability": 0.344,
                          "origin": ["human"] * 24 + ["model"] * 24})  # fmt: skip
    replies = pd.DataFrame({"message_id": messages["message_id"][1:], "reply_to": messages["message_id"][:-1].tolist(),
                            "probability": [0.01, *[0.5] * 46]})  # fmt: skip
    for step, name, frame in (("ingest", "members", people), ("ingest", "messages", messages),
                              ("coding", "coded", coded), ("network", "replies", replies)):  # fmt: skip
        paths.processed(step).mkdir(parents=True, exist_ok=True)
        frame.to_parquet(paths.processed(step) / f"{name}.parquet")
    study.write_metrics(paths, "ingest", {"status": "ok", "simulated": simulated})
    paths.raw.mkdir(parents=True)
    (paths.raw / "MANIFEST.csv").write_text(f"file,sha256,simulated\nx,y,{'yes' if simulated else 'no'}\n")
    (root / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    (root / "study.yaml").write_text(yaml.safe_dump({"title": "A study", "licence": "CC BY 4.0", **stated}))
    return paths


@pytest.fixture
def unguarded(monkeypatch):
    """Without the search for people, which needs a whole study."""
    monkeypatch.setattr(dataset.scan, "guard", lambda *_: None)


def test_each_thing_has_pseudonyms_of_its_own_and_the_same_at_every_run():
    things = ["data set", *(f"0{i}-chapter" for i in range(1, 9))]
    found = [published.pseudonyms(CODES, KEY, thing) for thing in things]
    assert found[0] == published.pseudonyms(reversed(CODES), KEY, "data set")
    for one, other in itertools.combinations([*found, dict(zip(CODES, CODES, strict=True))], 2):
        assert not set(one.values()) & set(other.values())
    assert all(re.fullmatch(r"M[A-Z2-7]{4,8}", name) for names in found for name in names.values())
    assert published.pseudonyms(CODES, b"another", "data set") != found[0]


def test_where_two_pseudonyms_would_be_one_all_are_longer():
    many = [f"M{a}{b}" for a in "ABCDEFGH" for b in "ABCDEFGH"]
    found = published.pseudonyms(many, KEY, "data set")
    assert len(set(found.values())) == len(many)
    assert len({len(name) for name in found.values()}) == 1


@pytest.mark.parametrize("seed", range(20))
def test_fewer_than_five_people_never_share_what_is_said_of_them(seed):
    people = pd.DataFrame({"sector": list("aaabbbbcd" * 4), "role": ["x"] * 30 + list("xyzyyx")})
    table = published.counts(people.sample(5 + seed, random_state=seed))
    assert table["people"].sum() == 5 + seed
    assert table["people"].min() >= published.FEWEST
    assert not table.duplicated(["sector", "role"]).any()


def test_two_published_things_cannot_be_joined_by_pseudonym_or_attributes(tmp_path, unguarded):
    paths = a_study(tmp_path)
    made = dataset.frames(paths)
    key = str(study.load_params(paths)["ingest"]["demo_key"]).encode()
    chapter = pd.DataFrame({"member": published.pseudonyms(CODES, key, "03-sharing").values(), "sector": "food"})
    text = dataset.export(paths, tmp_path / "out").parent
    whole = "".join(path.read_text() for path in text.iterdir())
    for names in (CODES, chapter["member"]):
        assert made["messages"].merge(pd.DataFrame({"member": names})).empty
        assert not [name for name in names if name in whole]
    assert not set(made["messages"]) & {"sector", "role", "text", "time", "channel"}
    assert "member" not in made["members"]
    assert made["members"]["people"].min() >= published.FEWEST


def test_it_holds_members_who_agreed_and_no_chat_of_few(tmp_path):
    made = dataset.frames(a_study(tmp_path))
    rows = made["messages"]
    assert rows["member"].nunique() == 23
    assert set(rows["chat"]) == {1}  # four write among the officers, and too few to be shown with others
    assert len(rows) == 28 - 1  # of the member who agreed to numbers only
    assert rows["week"].iloc[0] == "2024-03-11"
    assert sorted(set(rows["business_news"])) == [0.34, 1.0]
    assert set(made["links"]["message"]) | set(made["links"]["answers"]) <= set(rows["message"])


def test_who_was_only_interviewed_is_no_member_who_is_left_out(tmp_path, unguarded):
    paths = a_study(tmp_path)
    place = paths.processed("ingest") / "members.parquet"
    people = pd.read_parquet(place)
    pd.concat([people, people.tail(1).assign(member="PAAAA")]).to_parquet(place)
    out = dataset.export(paths, tmp_path / "out").parent
    assert "23 of 24 members are in it" in (out / "README.md").read_text()


def test_a_deleted_message_and_an_unlikely_link_are_left_out(tmp_path):
    paths = a_study(tmp_path)
    place = paths.processed("ingest") / "messages.parquet"
    pd.read_parquet(place).assign(channel="all").to_parquet(place)
    made = dataset.frames(paths)
    assert len(made["messages"]) == 48 - 2
    assert made["links"]["probability"].min() >= dataset.LEAST


def test_every_column_is_described_and_the_licence_is_there(tmp_path, unguarded):
    out = dataset.export(a_study(tmp_path), tmp_path / "out").parent
    package = json.loads((out / "datapackage.json").read_text())
    for resource in package["resources"]:
        heads = (out / resource["path"]).read_text().partition("\n")[0].split(",")
        assert heads == [field["name"] for field in resource["schema"]["fields"]]
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    assert "creativecommons.org/licenses/by/4.0" in (out / "LICENCE").read_text()
    assert "Simulated data" in (out / "README.md").read_text()


@pytest.mark.parametrize(
    ("how", "complaint"),
    [
        ({"licence": None}, "no licence is stated"),
        ({"simulated": False}, "how members agreed"),
        ({"consent": ["quotes"] * 4 + ["aggregate"] * 20}, "4 members agreed"),
    ],
)
def test_without_licence_or_consent_nothing_is_written(tmp_path, how, complaint):
    with pytest.raises(InputError, match=complaint):
        dataset.export(a_study(tmp_path, **how), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_study_without_codings_has_a_data_set_too(tmp_path, unguarded):
    paths = a_study(tmp_path)
    place = paths.processed("coding") / "coded.parquet"
    pd.read_parquet(place).iloc[:0].to_parquet(place)
    out = dataset.export(paths, tmp_path / "out").parent
    rows = pd.read_csv(out / "messages.csv")
    assert len(rows) == 28 - 1
    assert rows["read"].isna().all()
    assert "business_news" not in rows
