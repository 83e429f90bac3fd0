"""The simulated community: what is shipped is what the generator makes, it reads like people, and its truths hold."""

from __future__ import annotations

import csv
import hashlib
import re
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold

from analysis.coding.agreement import agreement
from analysis.coding.human import CONSENSUS
from analysis.errors import InputError
from analysis.ingest import manifest, read_transcript
from analysis.ingest.corpus import Corpus, read_corpus
from analysis.simulate import Community, simulate_community
from analysis.simulate import grammar as grammar_module
from analysis.simulate.agents import make_agents, overlap
from analysis.simulate.bonds import COLD, MEMORY, Bonds
from analysis.simulate.chats import marking, true_replies
from analysis.simulate.coders import Span, Unit, code_all
from analysis.simulate.community import _Model
from analysis.simulate.dice import Dice
from analysis.simulate.export import DEMO_KEY, write_large, write_study
from analysis.simulate.grammar import grammar, leaf_codes, parse
from analysis.simulate.interviews import interviews
from analysis.simulate.people import cast, goods, load_yaml, make_people
from analysis.simulate.rhythm import START, TZ, days_in, fasting, pasaran
from analysis.simulate.scenario import scenario
from analysis.simulate.talk import INFORMAL, informal

ROOT = Path(__file__).parents[1]
RAW = ROOT / "data" / "raw"
FIXTURE = ROOT / "tests" / "fixtures" / "study" / "raw"
SEED = 20240724
SCENARIOS = ["published", "null", "open", "broadcast", "hubs", "affinity", "hours", "formal"]  # the first of them


@pytest.fixture(scope="module")
def community() -> Community:
    return simulate_community(SEED)


@pytest.fixture(scope="module")
def texts(community: Community) -> pd.DataFrame:
    return community.messages[community.messages.kind == "text"]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return read_corpus(RAW, tz=TZ, date_order=None, key=DEMO_KEY)


@lru_cache
def bare(name: str, seed: int) -> Community:
    """A community without texts."""
    return simulate_community(seed, scenario=name, texts=False)


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


# what is shipped


def test_the_generator_reproduces_the_bytes_of_the_shipped_study(community: Community, tmp_path: Path) -> None:
    write_study(community, tmp_path / "raw")
    assert files(tmp_path / "raw") == files(RAW)


def test_the_generator_reproduces_the_bytes_of_the_fixture_study(tmp_path: Path) -> None:
    write_study(simulate_community(11, members=10, months=1), tmp_path / "raw")
    assert files(tmp_path / "raw") == files(FIXTURE)


@pytest.mark.parametrize("folder", [RAW, FIXTURE])
def test_the_manifest_lists_every_other_file_with_its_hash_as_simulated(folder: Path) -> None:
    rows = {row["path"]: row for row in csv.DictReader((folder / "MANIFEST.csv").read_text("utf-8").splitlines())}
    there = files(folder)
    del there["MANIFEST.csv"]
    assert {path: row["sha256"] for path, row in rows.items()} == {
        path: hashlib.sha256(data).hexdigest() for path, data in there.items()
    }
    assert {row["simulated"] for row in rows.values()} == {"yes"}


def test_the_shipped_study_is_under_three_megabytes() -> None:
    assert sum(len(data) for data in files(RAW).values()) < 3_000_000


def test_the_truth_is_written_to_a_folder_of_its_own_and_only_when_asked_for(tmp_path: Path) -> None:
    small = simulate_community(3, members=10, months=1)
    write_study(small, tmp_path / "plain" / "raw")
    assert [p.name for p in (tmp_path / "plain").iterdir()] == ["raw"]
    write_study(small, tmp_path / "with truth" / "raw", truth=True)
    assert files(tmp_path / "with truth" / "raw") == files(tmp_path / "plain" / "raw")
    written = yaml.safe_load((tmp_path / "with truth" / "truth" / "scenario.yaml").read_text("utf-8"))
    assert written["truth"] == {"C1": True, "C2": True, "C3": True}


def test_a_folder_with_other_files_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "chat.txt").write_text("ours", encoding="utf-8")
    with pytest.raises(InputError, match="not simulated"):
        write_study(simulate_community(3, members=10, months=1), tmp_path)


def test_other_seeds_make_other_communities() -> None:
    one, other = (simulate_community(seed, members=10, months=1).messages.text for seed in (1, 2))
    assert set(one) & set(other) < set(one)
    assert one.equals(simulate_community(1, members=10, months=1).messages.text)


def test_a_seed_below_0_is_refused() -> None:
    with pytest.raises(InputError, match="seed"):
        simulate_community(-1, members=10, months=1)


# the language


def bare_words(texts: pd.Series) -> pd.Series:
    """Without digits, emoji, punctuation and case."""
    return texts.str.lower().map(lambda text: " ".join(re.sub(r"[\W\d_]+", " ", text).split()))


def test_of_twelve_thousand_messages_nine_thousand_texts_are_distinct(texts: pd.DataFrame) -> None:
    assert len(texts) > 11_000
    assert bare_words(texts.text).nunique() >= 9_000


def test_no_template_makes_more_than_one_message_in_a_hundred(community: Community) -> None:
    assert len({t.key for move in grammar().moves.values() for t in move.templates}) >= 400
    assert community.messages.template.value_counts(normalize=True).max() < 0.01


def test_messages_carry_several_codes_and_templates_are_shared_between_codes(texts: pd.DataFrame) -> None:
    assert set(texts.codes.explode().dropna()) <= set(leaf_codes())
    assert (texts.codes.map(len) > 1).mean() > 0.08
    assert (texts.codes.map(len) == 0).mean() > 0.02
    assert (texts.groupby("template").codes.agg(set).map(len) > 1).sum() >= 20


def begun_by(messages: pd.DataFrame, row: int) -> pd.Series:
    """The message that this one goes on with, through all its member has added; itself if it goes on with none."""
    while grammar().moves[messages.move[row]].by == "self":
        row = messages.reply_to[row]
    return messages.loc[row]


def test_an_answer_is_one_that_its_parent_allows_and_answers_what_was_asked(
    community: Community, texts: pd.DataFrame
) -> None:
    templates = {t.key: t for move in grammar().moves.values() for t in move.templates}
    answers = texts[texts.reply_to.notna() & texts.reply_to.isin(texts.index)]
    own = (answers.thread.to_numpy() == texts.thread[answers.reply_to].to_numpy()) & (
        answers.member.to_numpy() == texts.member[answers.reply_to].to_numpy()
    )
    asked = 0
    for move, key, parent in answers.loc[~own, ["move", "template", "reply_to"]].itertuples(index=False):
        begun = begun_by(community.messages, parent)
        assert move in {name for name, _, _ in grammar().moves[begun.move].replies}
        question = templates[begun.template].asks
        assert not question or not templates[key].answers or question in templates[key].answers
        asked += bool(question)
    assert asked > 300


def test_an_answer_about_a_price_names_a_price(community: Community, texts: pd.DataFrame) -> None:
    asks = {t.key for t in grammar().moves["ask_price"].templates if t.asks in ("price", "many", "size", "resell")}
    prices = texts[texts.move == "answer_price"]
    prices = prices[[begun_by(community.messages, row).template in asks for row in prices.reply_to]]
    assert len(prices) >= 8
    assert prices.text.str.contains(r"\d").all()


def test_an_offer_is_of_the_members_own_goods(community: Community, texts: pd.DataFrame) -> None:
    product = community.people.set_index("name")["product"]
    offers = texts[texts.move == "promo"]
    own = [
        any(word in text.lower() for item in goods()["products"][product[member]]["items"] for word in item.split())
        for member, text in zip(offers.member, offers.text, strict=True)
    ]
    assert np.mean(own) > 0.75


def test_nobody_is_called_by_the_title_of_the_other_sex(community: Community) -> None:
    texts = "\n".join(community.messages.text).lower()
    for p in community.people.itertuples():
        wrong = r"(?:pak|mas|cak|abah)" if p.gender == "f" else r"(?:bu|bun|mbak|ning)"
        assert not re.search(rf"\b{wrong} {p.short.lower()}\b", texts), p.name


def test_phone_talk_has_abbreviations_javanese_and_emoji(texts: pd.DataFrame) -> None:
    for word in ("yg", "sdh", "bgt", "nggih", "monggo", "matur nuwun", "🙏", "wkwk"):
        assert texts.text.str.lower().str.contains(rf"\b{word}" if word.isascii() else word).sum() > 5, word


PRIVATE = {
    "phone": r"\+62 84\d-\d{4}-\d{4}|\b084\d[- ]?\d{4}[- ]?\d{4}",
    "mention": r"@6284\d{9}",
    "e-mail": r"[\w.]+@[\w.]*example",
    "NIK": r"\b351599\d{10}\b",
    "NPWP": r"\b00\.\d{3}\.\d{3}\.\d-000\.000",
    "account": r"\b(?i:BRI|BCA|Mandiri|BNI|BSI|BTN) 000\d{7}",
    "address": r"Jl\. \w+|Gg\. \w+|RT \d\d",
    "map link": r"https://maps\.google\.com/\?q=",
    "coordinates": r"(?<![=\d])-7\.\d{5}, 112\.\d{5}",
    "plate": r"\bW \d{4} [IOQ]{2}\b",
    "handle": r"(?<!\S)@[a-z][\w.]+",
    "profile": r"https://www\.(?:instagram|facebook|tiktok)\.com/",
}


@pytest.mark.parametrize("kind", PRIVATE)
def test_every_class_that_privacy_must_scrub_is_in_the_shipped_chats(kind: str) -> None:
    chats = "\n".join(p.read_text("utf-8") for p in sorted((RAW / "chats").iterdir()))
    assert len(re.findall(PRIVATE[kind], chats)) >= 4


def test_an_open_bracket_in_a_template_is_refused() -> None:
    assert parse("a (b|c) (d) {e}") == ("a ", ("any", [("b",), ("c",)]), " ", "(", "d", ")", " ", ("slot", "e"))
    with pytest.raises(InputError, match="not closed"):
        parse("a (b|c")


def test_a_template_with_an_unknown_code_is_refused() -> None:
    with pytest.raises(InputError, match="gossip"):
        grammar_module._template("x/0", "Halo @gossip", (), {"greeting"})


# the community


def test_activity_is_heavy_tailed_and_some_are_silent(community: Community) -> None:
    counts = community.messages.member.value_counts()
    silent = set(community.people.name) - set(counts.index)
    assert 3 <= len(silent) <= 8
    assert counts.iloc[:4].sum() / counts.sum() > 0.25


def test_nobody_writes_before_joining_or_after_leaving(community: Community) -> None:
    people = community.people.set_index("name")
    said = community.messages[community.messages.member.notna()]
    day = (said.time.dt.tz_localize(None) - pd.Timestamp(START)).dt.days
    assert (day.to_numpy() >= people.joined[said.member].to_numpy()).all()
    assert (day.to_numpy() < people.left[said.member].to_numpy()).all()
    assert (people.joined >= 0).sum() >= 4
    assert (people.left <= days_in(12)).sum() >= 2


def test_nights_and_prayer_times_are_quiet_and_ramadan_wakes_early(community: Community) -> None:
    said = community.messages[community.messages.kind != "system"]
    hour, minute = said.time.dt.hour, said.time.dt.hour * 60 + said.time.dt.minute
    ramadan = said.time.dt.date.map(fasting).astype(bool)
    assert hour[~ramadan].isin([0, 1, 2]).mean() < 0.03
    assert minute.between(1045, 1079).mean() < 0.6 * minute.between(1081, 1115).mean()
    assert hour[ramadan].isin([3, 4]).mean() > hour[~ramadan].isin([3, 4]).mean()


def test_eid_is_a_day_of_greetings(community: Community) -> None:
    eid = community.messages[community.messages.time.dt.strftime("%Y-%m-%d").isin(["2024-04-10", "2024-04-11"])]
    other = community.messages[community.messages.time.dt.month == 5]
    assert len(eid) / 2 > len(other) / 31
    assert eid.text.str.contains("lahir batin|lebaran|riyadin|Idulfitri", case=False).sum() >= 3


def test_the_market_week_is_the_javanese_one() -> None:
    assert pasaran(pd.Timestamp("1945-08-17").date()) == "Legi"
    assert pasaran(pd.Timestamp("2024-01-01").date()) == "Pahing"


def test_all_kinds_of_messages_occur(community: Community) -> None:
    kinds = set(community.messages.kind)
    assert kinds == {"text", "media", "sticker", "voice", "deleted", "location", "contact", "poll", "system"}
    assert community.messages.edited.sum() > 50
    assert community.messages.text.str.contains("\n").sum() > 50


def test_several_conversations_run_at_the_same_time(community: Community) -> None:
    main = community.messages[(community.messages.channel == "main") & (community.messages.thread >= 0)]
    changes = main.thread.ne(main.thread.shift()).sum()
    assert changes > 1.1 * main.thread.nunique()


def test_planted_replies_lead_back_within_the_chat_and_explicit_ones_are_among_them(
    community: Community, corpus: Corpus
) -> None:
    read = corpus.messages
    planted = true_replies(community, read)
    assert planted["message_id"].tolist() == read["message_id"].tolist()
    answers = planted.dropna(subset="reply_to").set_index("message_id")["reply_to"]
    place, channel = pd.Series(read.index, index=read["message_id"]), read.set_index("message_id")["channel"]
    assert (place[answers].to_numpy() < place[answers.index].to_numpy()).all()
    assert (channel[answers].to_numpy() == channel[answers.index].to_numpy()).all()
    explicit = read.dropna(subset="reply_to").set_index("message_id")["reply_to"]
    assert (answers[explicit.index] == explicit).all()
    assert 0.5 < len(answers) / len(read) < 0.9


def test_groups_overlap(community: Community) -> None:
    sets = [set(channel.members) for channel in community.channels]
    assert all(a & b for a in sets for b in sets)


def answers_in(messages: pd.DataFrame) -> pd.DataFrame:
    """Members' messages of each chat that answer: lag (lines back), own, others (members who wrote in between)."""
    rows = []
    for _, chat in messages[messages.member.notna()].groupby("channel"):
        place, member = {row: k for k, row in enumerate(chat.index)}, chat.member.to_list()
        for row, parent in chat.reply_to[chat.reply_to.isin(chat.index)].items():
            i, j = place[row], place[parent]
            others = len(set(member[j + 1 : i]) - {member[i], member[j]})
            rows.append((row, i - j, member[i] == member[j], others))
    return pd.DataFrame(rows, columns=["row", "lag", "own", "others"]).set_index("row")


def test_members_return_to_their_own_messages_as_often_as_in_the_ubuntu_logs(community: Community) -> None:
    """Kummerfeld et al. (2019), training part, members' messages: .235, of these .096 in an unbroken run, .089 one line
    back, .056 more than five back (measured by their annotations, the nearest link of each message)."""
    said = community.messages.member.notna().sum()
    own = answers_in(community.messages).query("own")
    unbroken = own[own.others == 0]
    assert len(own) / said == pytest.approx(0.235, abs=0.04)
    assert len(unbroken) / said == pytest.approx(0.096, abs=0.02)
    assert (own.lag == 1).sum() / said == pytest.approx(0.089, abs=0.02)
    assert 0.02 < (own.lag > 5).sum() / said < 0.06


def test_openings_and_answers_come_near_those_of_the_ubuntu_logs(community: Community) -> None:
    """As benchmarks/simulator.py measures them: .51 of openings without an answer, .31 of answers to others more than
    five lines back. A circle of members leaves fewer without an answer, and writes less at a time."""
    messages = community.messages[community.messages.member.notna()]
    opened = messages[messages.reply_to.isna()]
    answers = messages[messages.reply_to.notna()]
    others = answers[answers.member.to_numpy() != messages.member[answers.reply_to].to_numpy()]
    answered = {begun_by(messages, row).name for row in others.reply_to}
    assert 0.3 < (~opened.index.isin(list(answered))).mean() < 0.5
    assert 0.12 < (answers_in(messages).query("not own").lag > 5).mean() < 0.31


def test_a_fifth_of_the_messages_are_media_as_in_whatsapp_groups(community: Community) -> None:
    """Caetano et al. (2018): audio, images and video are 20 % of the messages of 81 groups."""
    said = community.messages[community.messages.member.notna()]
    assert said.kind.isin(["media", "sticker", "voice"]).mean() == pytest.approx(0.2, abs=0.04)


def test_what_goes_on_with_an_own_message_makes_no_trust(community: Community) -> None:
    assert (np.diag(community.trust) == 0).all()


def test_a_question_is_asked_again_only_while_nobody_has_answered_it(community: Community) -> None:
    messages = community.messages
    again = messages[messages.move.map(lambda name: bool(name) and name == name and grammar().moves[name].unanswered)]
    first = pd.Series([begun_by(messages, row).name for row in again.index], index=again.index)
    answers = messages[
        messages.reply_to.isin(first) & (messages.member != messages.member.reindex(messages.reply_to).to_numpy())
    ]
    earliest = answers.groupby("reply_to").time.min()
    assert len(again) > 50
    assert (first.map(earliest).isna() | (first.map(earliest) >= again.time)).all()


def test_marked_replies_lead_further_back_and_over_more_members_than_unmarked_ones(community: Community) -> None:
    chat = community.messages[community.messages.channel == "pengurus"]
    links = answers_in(chat).query("not own").assign(marked=pd.Series(marking(community, chat)))
    assert 0.15 < links.marked.mean() < 0.4
    assert 2 * links.marked[links.lag == 1].mean() < links.marked[links.lag > 1].mean()
    by_others = links.groupby(links.others.clip(upper=3)).marked.mean()
    assert by_others.is_monotonic_increasing
    by_member = links[links.lag == 1].groupby(chat.member).marked.agg(["mean", "size"])
    assert by_member["mean"][by_member["size"] >= 20].max() > 2 * by_member["mean"][by_member["size"] >= 20].min()


def test_whatsapp_shows_no_mark_and_telegram_those_that_chance_has_made(corpus: Corpus) -> None:
    marked = corpus.messages.reply_to.notna().groupby(corpus.messages.channel).mean()
    assert (marked.drop("pengurus-telegram") == 0).all()
    assert 0.1 < marked["pengurus-telegram"] < 0.25


def test_ingest_reads_the_shipped_study_without_a_problem(community: Community, corpus: Corpus) -> None:
    withheld = community.people.name[community.people.consent == "none"]
    assert corpus.strangers == 0
    assert corpus.withheld["members"] == len(withheld) == 1
    assert len(corpus.messages) + corpus.withheld["messages"] == len(community.messages) + 1  # Telegram's service line
    assert len(corpus.partnerships) + corpus.withheld["partnerships"] == len(community.declared)


def test_the_survey_of_partnerships_has_recall_errors(community: Community) -> None:
    def pairs(frame: pd.DataFrame) -> dict[frozenset[str], object]:
        return {frozenset((p.member_a, p.member_b)): p.since for p in frame.itertuples()}

    true, declared = pairs(community.partnerships), pairs(community.declared)
    assert 60 <= len(declared) <= 95
    assert set(true) - set(declared)
    same = set(true) & set(declared)
    assert 0.3 < np.mean([true[pair] == declared[pair] for pair in same]) < 0.8


def test_the_cast_keeps_the_twelve_who_are_interviewed_first() -> None:
    interviewed = [load_yaml(f"interviews/{k:02d}.yaml")["participant"] for k in range(1, 13)]
    assert [p["name"] for p in cast(12)] == interviewed
    assert len({p["name"] for p in cast(300)}) == 300


def test_transcripts_say_word_for_word_what_was_written(community: Community) -> None:
    for k, interview in enumerate(interviews(community), 1):
        read = read_transcript(RAW / f"transcripts/wawancara-{k:02d}.txt")
        assert read.text.to_list() == [" ".join(turn["text"].split()) for turn in interview["turns"]]
        assert (read.role == "participant").to_list() == [turn["who"] == "P" for turn in interview["turns"]]


# the coders


@pytest.fixture(scope="module")
def codings() -> pd.DataFrame:
    return pd.concat([pd.read_csv(p, dtype={"code": "str"}) for p in sorted((RAW / "codings").iterdir())])


def test_two_coders_agree_on_each_frequent_code_between_65_and_85(codings: pd.DataFrame) -> None:
    units = codings.unit_id.unique()
    alphas = {}
    for code in codings.code.dropna().unique():
        table = pd.DataFrame(0.0, index=units, columns=["coder-a", "coder-b"])
        for coder in table:
            table.loc[codings.unit_id[(codings.coder == coder) & (codings.code == code)].unique(), coder] = 1
        if table.max(axis=1).sum() >= 30:
            alphas[code] = agreement(table, bootstrap=0).value
    assert len(alphas) >= 10
    assert {code: alpha for code, alpha in alphas.items() if not 0.65 <= alpha <= 0.85} == {}


def test_each_coding_is_anchored_in_the_text_that_ingest_makes(codings: pd.DataFrame, corpus: Corpus) -> None:
    texts = pd.concat([corpus.messages.set_index("message_id").text, corpus.utterances.set_index("utterance_id").text])
    for row in codings.itertuples():
        text = texts[row.unit_id]
        assert hashlib.sha256(text.encode()).hexdigest() == row.text_sha256
        assert 0 <= row.start < row.end <= len(text)
    alone = codings[codings.coder != CONSENSUS]
    assert len(set(alone.groupby("coder").unit_id.nunique())) == 1
    assert codings[codings.unit_id.str.startswith("wawancara")].translation.notna().sum() > 100


def test_the_coders_differ_in_what_they_confuse(codings: pd.DataFrame) -> None:
    alone = codings[codings.coder != CONSENSUS]
    counts = alone.pivot_table(index="code", columns="coder", values="unit_id", aggfunc="count")
    assert (counts["coder-a"] != counts["coder-b"]).mean() > 0.7


def test_coders_settle_what_they_differ_on_in_the_first_messages_and_mostly_rightly() -> None:
    texts = {f"m{k}": ("trust",) if k % 2 else ("humour",) for k in range(600)}
    units = [Unit(name, "kata kata", tuple(Span(0, 9, c) for c in codes), True) for name, codes in texts.items()]
    units.append(Unit("turn", "kata kata", (Span(0, 4, "cost"),), False))
    done = code_all(units, 3)
    given = {
        coder: {unit.id: {row[3] for row in rows if row[0] == unit.id} - {""} for unit in units}
        for coder, rows in done.items()
    }
    discussed = {row[0] for row in done[CONSENSUS]}
    differ = {name for name in texts if given["coder-a"][name] != given["coder-b"][name]}
    assert discussed == differ & {f"m{k}" for k in range(240)}
    right = [given[CONSENSUS][name] == set(texts[name]) for name in discussed]
    assert np.mean(right) > 0.8 > np.mean([given["coder-a"][name] == set(texts[name]) for name in discussed])


def test_a_classifier_finds_main_codes_in_unseen_templates_at_f1_60_to_85(texts: pd.DataFrame) -> None:
    sample = texts[texts.text != ""].sample(3500, random_state=0)
    x = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=3, sublinear_tf=True).fit_transform(sample.text)
    share = sample.codes.explode().value_counts() / len(sample)
    main = share.index[share > 0.03]
    scores = []
    for code in main:
        y = sample.codes.map(lambda codes, code=code: code in codes).to_numpy()
        guess = np.zeros(len(y), dtype=bool)
        for train, test in GroupKFold(3).split(x, y, sample.template):
            model = LogisticRegression(C=3, class_weight="balanced", solver="liblinear", max_iter=300)
            guess[test] = model.fit(x[train], y[train]).predict(x[test])
        scores.append(f1_score(y, guess))
    assert len(main) >= 9
    assert 0.60 <= np.mean(scores) <= 0.85


# the scenarios


def test_each_scenario_is_documented_with_its_truth() -> None:
    written = load_yaml("scenarios.yaml")
    assert list(written)[: len(SCENARIOS)] == SCENARIOS
    for name in written:
        assert set(written[name]) <= set(written["published"])
        assert scenario(name).what
        assert set(scenario(name).truth) == {"C1", "C2", "C3"}


def test_unknown_scenarios_and_parameters_are_refused() -> None:
    with pytest.raises(InputError, match="no scenario utopia"):
        simulate_community(1, scenario="utopia")
    with pytest.raises(InputError, match="no parameter luck"):
        simulate_community(1, luck=3)
    with pytest.raises(InputError, match="at least 8"):
        simulate_community(1, members=3)


def exchange(community: Community, informal: bool, first: int, last: int) -> np.ndarray:
    """Answers between each two members in these days, informal or not, shape (n, n), both directions added."""
    number = {name: i for i, name in enumerate(community.people.name)}
    m = community.messages
    day = (m.time.dt.tz_localize(None) - pd.Timestamp(START)).dt.days
    kind = m.codes.map(lambda codes: bool(codes) and informal != INFORMAL.isdisjoint(codes))
    answers = m[m.reply_to.notna() & day.between(first, last) & kind]
    a, b = answers.member.map(number), m.member[answers.reply_to].map(number)
    out = np.zeros((len(number), len(number)))
    np.add.at(out, (a.to_numpy(), b.to_numpy()), 1)
    np.fill_diagonal(out, 0)
    return out + out.T


def residual(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    x = np.column_stack([np.ones(len(y)), x, x**2])
    return y - x @ np.linalg.lstsq(x, y, rcond=None)[0]


def beyond_activity(community: Community) -> dict[str, float]:
    """Of pairs who write: correlation of informal exchange in the first half, given activity, with what follows."""
    active = community.people.activity.to_numpy() > 0
    pair = np.triu(np.outer(active, active), 1)
    log = np.log(community.people.activity.to_numpy() + 0.1)
    both = (log[:, None] + log[None, :])[pair]
    names = community.people.name.to_list()
    later, earlier = np.zeros(pair.shape), np.zeros(pair.shape)
    for p in community.partnerships.itertuples():
        a, b = sorted((names.index(p.member_a), names.index(p.member_b)))
        (later if (p.since - START).days >= 183 else earlier)[a, b] = 1
    new, keep = later[pair], earlier[pair] == 0
    informal = residual(np.log1p(exchange(community, True, 0, 182))[pair], both)
    business = residual(np.log1p(exchange(community, False, 183, 366))[pair], both)

    def r(x: np.ndarray, y: np.ndarray) -> float:
        return float(np.corrcoef(x[keep], y[keep])[0, 1])

    return {
        "partners": r(informal, residual(new, both)),
        "business": r(informal, business),
        "activity": r(both, new),
        "liking": r(community.liking[pair], new),
        "hours": r(community.hours[pair], new),
    }


@pytest.fixture(scope="module")
def strengths() -> pd.DataFrame:
    """What goes with later partnership and business talk, by scenario, mean of two communities."""
    return pd.DataFrame(
        {name: pd.DataFrame([beyond_activity(bare(name, seed)) for seed in (1, 2)]).mean() for name in SCENARIOS}
    ).T


def test_informal_exchange_brings_partners_where_c2_is_true_and_not_where_nothing_drives_both(
    strengths: pd.DataFrame,
) -> None:
    true = [name for name in SCENARIOS if scenario(name).truth["C2"]]
    false = [name for name in SCENARIOS if not scenario(name).truth["C2"] and name != "affinity"]
    assert (strengths.partners[true] > 0.18).all()
    assert (strengths.partners[false].abs() < 0.09).all()


def test_informal_exchange_brings_business_talk_where_c1_is_true(strengths: pd.DataFrame) -> None:
    true = [name for name in SCENARIOS if scenario(name).truth["C1"]]
    assert (strengths.business[true] > 0.25).all()
    assert strengths.business[["null", "hubs", "hours"]].max() < 0.6 * strengths.business[true].min()


def test_hubs_affinity_and_hours_drive_partnership_where_they_should(strengths: pd.DataFrame) -> None:
    assert strengths.activity["hubs"] > 2 * strengths.activity["null"].clip(0.03)
    assert strengths.liking["affinity"] > 0.15 > abs(strengths.liking["null"]) + 0.05
    assert strengths.hours["hours"] > 0.12 > abs(strengths.hours["null"]) + 0.05


def share_of(community: Community, codes: set[str]) -> pd.Series:
    """Messages with one of these codes, by member."""
    m = community.messages
    return m.member[m.codes.map(lambda own: bool(codes & set(own)))].value_counts()


def test_news_is_passed_on_by_few_where_c3_is_true_and_as_activity_has_it_where_not() -> None:
    for name in SCENARIOS:
        news = share_of(bare(name, 1), {"business_news"})
        top = news.iloc[:3].sum() / news.sum()
        everything = bare(name, 1).messages.member.value_counts()
        usual = everything.iloc[:3].sum() / everything.sum()
        assert (top > usual + 0.2) == scenario(name).truth["C3"], name


def test_barriers_rule_the_formal_and_informal_talk_is_rare_in_the_broadcast_community() -> None:
    barriers = {"formality", "hierarchy", "time", "competition", "digital_skill"}
    published, formal, broadcast = (bare(name, 1) for name in ("published", "formal", "broadcast"))
    assert share_of(formal, barriers).sum() > 1.5 * share_of(published, barriers).sum()
    assert share_of(broadcast, set(INFORMAL)).sum() < 0.75 * share_of(published, set(INFORMAL)).sum()


def test_a_parameter_of_a_scenario_can_be_set_otherwise() -> None:
    assert simulate_community(1, members=10, months=1, trust_partner=0.0).scenario.trust_partner == 0


def test_the_few_who_share_stand_out_as_far_as_the_scenario_says() -> None:
    def sharing(stands_out: float) -> np.ndarray:
        made = simulate_community(5, members=20, months=1, scenario="published", stands_out=stands_out)
        return made.people["sharing"].to_numpy()

    usual = sharing(1.0)
    assert usual.max() > 20 * np.median(usual)
    assert np.allclose(sharing(0.5), np.sqrt(usual))
    assert np.allclose(sharing(0.0), 1.0)


# what each kind is about


@lru_cache
def little(name: str, months: int = 3) -> Community:
    """A small community without texts."""
    return simulate_community(720_500, 24, months, name, texts=False)


def talk_of(community: Community, first: int, last: int, *, informally: bool) -> np.ndarray:
    """Answers of this kind between each two in these days, of pairs who write, as in exchange."""
    writes = community.people.activity.to_numpy() > 0
    return exchange(community, informally, first, last)[np.triu(np.outer(writes, writes), 1)]


def liking_of(community: Community) -> np.ndarray:
    writes = community.people.activity.to_numpy() > 0
    return community.liking[np.triu(np.outer(writes, writes), 1)]


def r_of(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.corrcoef(x, np.log1p(y))[0, 1])


def test_business_talk_warms_to_liking_and_informal_talk_has_it_from_the_start() -> None:
    warming = little("warming", 8)
    liking = liking_of(warming)
    first, last = (r_of(liking, talk_of(warming, *days, informally=False)) for days in ((0, 60), (184, 244)))
    assert first + 0.15 < last
    assert r_of(liking, talk_of(warming, 0, 60, informally=True)) > 0.1


def test_an_old_group_has_trust_and_partners_on_its_first_day() -> None:
    old, usual = (simulate_community(3, 24, 1, name, texts=False) for name in ("old group", "published"))
    assert usual.trust.max() == 0 < old.trust.mean()
    before = [sum(day < START for day in one.partnerships.since.to_list()) for one in (old, usual)]
    assert before[0] > 5 * before[1]


def test_half_of_the_members_come_or_go_where_there_is_turnover() -> None:
    people = little("turnover").people
    assert 0.35 < ((people.joined >= 0) | (people.left <= days_in(3))).mean() < 0.65


def test_a_crisis_is_a_month_of_business_talk() -> None:
    messages = little("crisis", 7).messages
    month = messages.time.dt.month
    business = messages.codes.map(lambda codes: bool(codes) and INFORMAL.isdisjoint(codes))
    more = (business & (month == 7)).sum() / (business & (month == 6)).sum()
    assert more > 1.8
    assert more > 1.3 * (~business & (month == 7)).sum() / (~business & (month == 6)).sum()


def test_two_cliques_share_a_fifth_of_their_members() -> None:
    people = make_people(40, 60, Dice("people", 1))
    liking = make_agents(people, scenario("cliques", cliques=1.0), Dice("agents", 1)).liking
    together = (liking > 0).sum(axis=1)
    assert np.bincount(together)[39] == 8
    assert np.bincount(together)[23] == 32


def test_the_moderator_gives_many_answers() -> None:
    def of_the_chair(community: Community) -> float:
        messages = community.messages
        answers = messages[messages.reply_to.notna()]
        others = answers[answers.member.to_numpy() != messages.member[answers.reply_to].to_numpy()]
        return float((others.member == community.people.name[0]).mean())

    assert of_the_chair(little("moderator")) > of_the_chair(little("null")) + 0.1


def test_late_replies_are_late_and_bursts_go_to_and_fro() -> None:
    def lags(community: Community) -> pd.Series:
        messages = community.messages
        answers = messages[messages.reply_to.notna()]
        hours = (messages.time - messages.time.iloc[0]).dt.total_seconds() / 3600
        return hours[answers.index] - hours[answers.reply_to].to_numpy()

    assert (lags(little("late replies")) > 1).mean() > (lags(little("null")) > 1).mean() + 0.08

    def back(community: Community) -> float:
        """Of answers to others, those to a member who had just answered oneself."""
        messages = community.messages
        answers = messages[messages.reply_to.notna()]
        others = answers[answers.member.to_numpy() != messages.member[answers.reply_to].to_numpy()]
        answered = [begun_by(messages, row).reply_to for row in others.reply_to]
        before = [messages.member[row] if pd.notna(row) else None for row in answered]
        return float(np.mean(others.member.to_numpy(object) == np.array(before, dtype=object)))

    assert back(little("bursts")) > back(little("null")) + 0.05


def bonds(name: str, **changes: float) -> Bonds:
    asked = scenario(name, **changes)
    people = make_people(12, 60, Dice("people", 1))
    return Bonds(asked, make_agents(people, asked, Dice("agents", 1)), 60, Dice("bonds", 1))


def test_a_liking_that_moves_has_left_its_pairs_by_the_end_of_the_year() -> None:
    one, pairs = bonds("moving liking"), np.triu_indices(12, 1)
    first = one.liking[pairs]
    one.ripen(0)
    assert (one.liking[pairs] == first).all()
    one.ripen(30)
    halfway = np.corrcoef(first, one.liking[pairs])[0, 1]
    one.ripen(60)
    assert abs(np.corrcoef(first, one.liking[pairs])[0, 1]) < 0.35 < 0.5 < halfway < 0.9
    assert one.pull(2, True)[5] == pytest.approx(np.exp(1.2 * one.liking[2, 5]))


def test_two_who_fell_out_hardly_answer_each_other_for_six_weeks() -> None:
    one = bonds("quarrels", quarrels=3000.0, liking_informal=0.0)
    one.answer(2, 5, True, 0.0)
    one.ripen(0)
    one.ripen(1)
    assert one.pull(2, True)[5] == one.pull(5, False)[2] == pytest.approx(np.exp(COLD))
    one.scenario = scenario("quarrels", quarrels=0.0, liking_informal=0.0)
    one.ripen(44)
    assert one.pull(2, True)[5] == 1


def test_talk_begets_talk_of_its_own_kind_alone() -> None:
    one = bonds("talk begets talk", liking_informal=0.0, closure=0.0)
    for _ in range(9):
        one.answer(2, 5, True, 0.0)
    one.ripen(0)
    assert one.pull(5, True)[2] == pytest.approx(10**one.scenario.reciprocity)
    assert (one.pull(5, False) == 1).all()


def test_shared_correspondents_bring_answers_where_there_is_closure() -> None:
    one = bonds("talk begets talk", liking_informal=0.0, reciprocity=0.0)
    for other in (2, 5):
        for _ in range(9):
            one.answer(other, 7, True, 0.0)
    one.ripen(0)
    pull = np.delete(one.pull(2, True), 2)
    assert pull[4] == pull.max() > 1
    assert (np.delete(pull, 4) == 1).all()


def test_private_chats_make_trust_that_no_chat_shows() -> None:
    one = bonds("private chats")
    for _ in range(50):
        one.answer(2, 5, True, 0.0)
    one.ripen(59)
    one.ripen(60)
    elsewhere = one.count.sum() / 2 - one.count[2, 5]
    assert elsewhere > 25


def test_coders_misread_a_share_of_wordings_alike_and_ever_more_of_them() -> None:
    def misread(name: str) -> pd.Series:
        messages = little(name).messages
        light = messages[messages.codes.map(informal)]
        return (light.codes != light.read_as).groupby(light.time.dt.month).mean()

    assert (misread("null") == 0).all()
    assert misread("biased coders").mean() == pytest.approx(0.15, abs=0.06)
    drifting = misread("drifting codes")
    assert drifting.iloc[0] < 0.05 < drifting.iloc[-1]
    messages = little("biased coders").messages
    alike = (
        messages[messages.codes.map(informal)]
        .groupby("template")
        .apply(lambda rows: (rows.codes != rows.read_as).nunique(), include_groups=False)
    )
    assert (alike == 1).all()


def chosen_answers(community: Community) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each informal answer to another: who gave it; and of all members the effects (liking, log of 1 + answers
    before) and the log weight that is known (activity, hours, who was addressed, who may answer)."""
    people, messages = community.people, community.messages
    number = {name: i for i, name in enumerate(people.name)}
    made = _Model(community.seed, len(people), community.months, community.scenario, 0)
    n, members = len(people), dict(zip([c.key for c in community.channels], made.members, strict=True))
    who = messages.member.map(number).fillna(-1).astype(int).to_numpy()
    up = messages.reply_to.fillna(-1).astype(int).to_numpy()
    day = (messages.time.dt.tz_localize(None) - pd.Timestamp(START)).dt.days.to_numpy()
    hour, kind = messages.time.dt.hour.to_numpy(), messages.kind.to_numpy(object)
    before, today, now = np.zeros((n, n)), np.zeros((n, n)), 0
    answered: dict[int, list[int]] = {}
    chosen, effects, weights = [], [], []
    for row in np.flatnonzero((up >= 0) & (who >= 0)):
        parent = up[row]
        if who[parent] == who[row]:
            continue
        while now < day[row]:
            before, today, now = before * MEMORY + today, np.zeros((n, n)), now + 1
        if informal(grammar().moves[messages.move[row]].codes) and kind[row] == "text":
            begun = begun_by(messages, parent)
            to = who[int(begun.reply_to)] if pd.notna(begun.reply_to) else -1
            with np.errstate(divide="ignore"):
                weight = np.log(made.agents.activity * made.agents.hours[:, hour[row]] * members[messages.channel[row]])
            weight[(made.joined > day[row]) | (made.left <= day[row])] = -np.inf
            weight[[who[parent], *answered.get(parent, ())]] = -np.inf
            if to >= 0:
                weight[to] = -np.inf  # of those who were not addressed, whose moves are all alike
            if who[row] != to and np.isfinite(weight[who[row]]):
                chosen.append(who[row])
                effects.append(np.column_stack([community.liking[who[parent]], np.log1p(before[who[parent]])]))
                weights.append(weight)
        if kind[row] == "text" and informal(messages.codes[row]):
            today[who[row], who[parent]] += 1
            today[who[parent], who[row]] += 1
        answered.setdefault(parent, []).append(who[row])
    return np.array(chosen), np.array(effects), np.array(weights)


def test_the_parameters_of_the_relational_events_are_recovered_from_who_answered() -> None:
    """Conditional logit of who of those who might have answered did (Butts 2008), by Newton's method."""
    made = little("rem null", 5)
    chosen, x, offset = chosen_answers(made)
    assert len(chosen) > 400
    beta = np.zeros(2)
    for _ in range(20):
        odds = np.exp(x @ beta + offset)
        p = odds / odds.sum(axis=1, keepdims=True)
        mean = (p[:, :, None] * x).sum(axis=1)
        spread = x - mean[:, None]
        information = np.einsum("ei,eia,eib->ab", p, spread, spread)
        beta = beta + np.linalg.solve(information, (x[np.arange(len(chosen)), chosen] - mean).sum(axis=0))
    se = np.sqrt(np.diag(np.linalg.inv(information)))
    truth = np.array([made.scenario.liking_informal, made.scenario.reciprocity])
    assert (np.abs(beta - truth) < 3 * se).all(), (beta, se)
    assert (se < 0.15).all()


def test_relational_events_bring_business_where_they_should() -> None:
    shares = []
    for name in ("rem effect", "rem null"):
        made = simulate_community(2, 16, 5, name, texts=False)
        informal_before, later = talk_of(made, 0, 80, informally=True), talk_of(made, 80, 152, informally=False)
        closest = np.argsort(-informal_before)[: len(later) // 10]
        shares.append(later[closest].sum() / later.sum())
    assert shares[0] > shares[1] + 0.1


# at scale


def test_many_groups_are_written_one_community_at_a_time_and_read_back(tmp_path: Path) -> None:
    write_large(tmp_path, groups=8, messages=1200, seed=5, members=12)
    read = read_corpus(tmp_path, tz=TZ, date_order=None, key=DEMO_KEY)
    assert read.messages.channel.nunique() == 8
    assert 1000 < len(read.messages) + read.withheld["messages"] < 1700
    assert (len(read.members) + read.withheld["members"], read.strangers) == (24, 0)
    there = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert manifest.simulated(tmp_path) == there - {manifest.NAME}


def test_groups_that_do_not_come_out_even_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="multiple of 4"):
        write_large(tmp_path, groups=6, messages=100)
    with pytest.raises(InputError, match="too many messages"):
        write_large(tmp_path, groups=4, messages=1_000_000)


# chance


def test_dice_draw_what_they_say() -> None:
    dice = Dice("test", 1)
    assert np.mean([dice.poisson(2.5) for _ in range(4000)]) == pytest.approx(2.5, abs=0.1)
    assert np.std([dice.normal() for _ in range(4000)]) == pytest.approx(1, abs=0.05)
    assert np.mean([dice.exponential(3) for _ in range(4000)]) == pytest.approx(3, abs=0.2)
    assert sorted(dice.shuffled(range(9))) == list(range(9))
    assert np.bincount([dice.weighted(np.array([1.0, 0, 3])) for _ in range(4000)])[1] == 0
    assert dice.weighted(np.zeros(3)) == -1
    assert Dice("a", 1).random() == Dice("a", 1).random() != Dice("a", 2).random()


def test_alike_hours_overlap_wholly() -> None:
    hours = np.array([[1.0, 1, 0], [2, 2, 0], [0, 0, 5]])
    assert overlap(hours) == pytest.approx(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]]))
