"""Advice follows from evidence: rules as data, eight kinds of community, the written rule of strength."""

import itertools
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

from analysis import study
from analysis.claims import robust
from analysis.claims import rule as rules_of_claims
from analysis.errors import InputError, Missing
from analysis.recommendations import actions, advice, findings
from analysis.recommendations.advice import NOT, OPEN, RECOMMENDED, Evidence, Expected, Ground
from analysis.themes import theory

ROOT = Path(__file__).parents[2]
RULES = {rule["name"]: rule for rule in advice.load()["rules"]}
GAIN = Expected(gain=1.0, low=0.4, high=2.0, messages=3.0)
FINDINGS = {
    "members": 40, "groups": 4, "messages_a_week": 190.0, "newcomers": 5, "newcomers_write": 4, "writers": 36,
    "informal_share": 0.5, "members_for_half": 4, "half_part": 0.1, "sharers": 25, "never_share": 15, "never_part": 0.4,
    "largest_rate": 0.07, "social_rate": 0.01, "reach_week": 0.6, "reach_week_low": 0.4, "reach_week_high": 0.8,
    "news_a_week": 9.0, "loss_of_top": 0.7, "loss_of_top_low": 0.6, "loss_of_top_high": 0.8,
    "ordinary_part": 0.4, "sharers_too_low": 4, "sharers_too_low_tenth": 9,
    "top_sharers": 3, "top_part": 0.6, "sharers_lately": 15.0, "social_news": 0.54,
}  # fmt: skip


def evidence(verdicts, *, universes=0.9, firm="robust", voices=None, expected=None, **changes):
    """What a study found: verdicts of C1 to C3, the findings above with changes, gains of every scenario."""
    said = dict.fromkeys(advice.load()["voices"], (5, 1, 12)) if voices is None else voices
    found = FINDINGS | {f"voices_{name}": float(n) for name, (n, _, _) in said.items()} | changes
    grounds = {
        claim: Ground(claim, verdict, universes, firm)
        for claim, verdict in zip(("C1", "C2", "C3"), verdicts, strict=True)
    }
    gains = dict.fromkeys((rule["scenario"] for rule in RULES.values() if rule["scenario"]), GAIN)
    return Evidence({name: x for name, x in found.items() if x is not None}, grounds, gains | (expected or {}), said)


def statuses(given):
    return {each.rule["name"]: each.status for each in advice.judged(list(RULES.values()), given)}


# Eight kinds of community (simulate/scenarios.yaml), by what the study would find in them

YES, NO, OPEN_VERDICT, MISSING = "supported", "contradicted", "undecided", "not assessable"
EVEN = {
    "members_for_half": 14, "half_part": 0.35, "never_share": 2, "never_part": 0.05, "sharers": 38, "loss_of_top": 0.15,
    "ordinary_part": 0.85,
}  # fmt: skip
FEW = {"share in turn", "ask silent members"}
TALK = {"keep informal talk"}
COMMUNITIES = {  # evidence, what must be recommended, what must not
    "published": (evidence((YES, YES, YES)), {*FEW, *TALK, "deputies"}, set()),
    "null": (evidence((NO, NO, NO), **EVEN), set(), {*FEW, *TALK, "deputies"}),
    "open": (evidence((YES, YES, NO), **EVEN), TALK, {*FEW, "post at once"}),
    "broadcast": (evidence((NO, NO, YES), informal_share=0.1), FEW, TALK),
    "hubs": (evidence((NO, OPEN_VERDICT, YES)), FEW, TALK),
    "affinity": (evidence((OPEN_VERDICT, OPEN_VERDICT, YES)), FEW, TALK),
    "hours": (evidence((OPEN_VERDICT, NO, YES)), FEW, TALK),
    "formal": (
        evidence((NO, NO, YES), ordinary_part=0.2, messages_a_week=20.0),
        {*FEW, "post at once"},
        {*TALK, "weekly digest"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", COMMUNITIES)
def test_what_is_advised_follows_from_what_was_found(kind):
    given, wanted, unwanted = COMMUNITIES[kind]
    found = statuses(given)
    assert {name for name in wanted if found[name] != RECOMMENDED} == set()
    assert {name for name in unwanted if found[name] != NOT} == set()


def test_in_null_nothing_is_recommended_on_the_ground_of_c1_or_c2():
    advised = advice.judged(list(RULES.values()), COMMUNITIES["null"][0])
    on_them = [
        each.rule["name"] for each in advised if each.status == RECOMMENDED and {"C1", "C2"} & set(each.rule["claims"])
    ]
    assert on_them == []


def test_in_open_rotating_is_under_not_recommended_with_why():
    [turn] = [
        each
        for each in advice.judged(list(RULES.values()), COMMUNITIES["open"][0])
        if each.rule["name"] == "share in turn"
    ]
    assert turn.status == NOT
    assert any("not left to a few" in reason for reason in turn.why["en"])
    assert any("C3" in reason and "contradicted" in reason for reason in turn.why["en"])
    assert any("dibantah" in reason for reason in turn.why["id"])


@pytest.mark.parametrize("claim", ["C1", "C2", "C3"])
def test_no_advice_survives_the_contradiction_of_all_its_claims(claim):
    verdicts = dict.fromkeys(("C1", "C2", "C3"), YES)
    for name, rule in RULES.items():
        if claim in rule["claims"]:
            others = dict.fromkeys(rule["claims"], NO)
            assert statuses(evidence(tuple((verdicts | others).values())))[name] == NOT


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule["scenario"]])
def test_a_scenario_that_brings_nothing_or_costs_too_much_is_not_recommended(name):
    scenario = RULES[name]["scenario"]
    for worse, why in (
        (Expected(0.01, -0.1, 0.2, 0.0), "hardly any more news"),
        (Expected(0.5, 0.2, 1.0, 40.0), "80 messages"),
    ):
        given = evidence((YES, YES, YES), expected={scenario: worse})
        [one] = [each for each in advice.judged(list(RULES.values()), given) if each.rule["name"] == name]
        assert one.status == NOT
        assert any(why in reason for reason in one.why["en"])


def test_what_was_not_measured_cannot_be_judged():
    without_news = evidence((MISSING,) * 3, expected=None)
    without_news = Evidence({"members": 40.0}, without_news.grounds, {}, {})
    assert set(statuses(without_news).values()) == {OPEN}
    some = evidence((YES, MISSING, MISSING))
    assert statuses(some)["keep informal talk"] == RECOMMENDED
    assert statuses(some)["share in turn"] == OPEN


# Strength


@pytest.mark.parametrize(
    ("ground", "expected", "voices", "graded"),
    [
        (Ground("C3", YES, 0.95, "robust"), GAIN, 0, "strong"),
        (Ground("C3", YES, 0.95, "robust"), None, 0, "strong"),
        (Ground("C3", YES, 0.95, "sensitive"), GAIN, 0, "moderate"),
        (Ground("C3", YES, 0.95, "fragile"), GAIN, 0, "tentative"),
        (Ground("C3", YES, None), GAIN, 0, "tentative"),
        (None, GAIN, 3, "moderate"),
        (None, GAIN, 2, "tentative"),
        (Ground("C3", YES, 0.95, "robust"), Expected(1, 0.4, 2, 3, swayed_by=("new",)), 0, "moderate"),
        (Ground("C3", YES, 0.95, "robust"), Expected(1, -0.1, 2, 3), 9, "tentative"),
        (Ground("C3", YES, 0.95, "robust"), Expected(1, 0.4, 2, 3, depends_on=("new",)), 9, "tentative"),
    ],
)
def test_strength_follows_the_written_rule(ground, expected, voices, graded):
    assert advice.strength([ground] if ground else [], expected, voices) == graded


def test_less_evidence_never_makes_advice_stronger():
    order = list(advice.STRENGTHS)[::-1]
    for firm, low, said in itertools.product((*robust.GRADES, None), (0.5, -0.1), (4, 0)):
        grade = order.index(advice.strength([Ground("C3", YES, 1.0, firm)], Expected(1, low, 2, 1), said))
        for weaker in (
            ([Ground("C3", YES, 1.0, robust.FRAGILE)], Expected(1, low, 2, 1), said),
            ([Ground("C3", YES, 1.0, firm)], Expected(1, min(low, -0.1), 2, 1), said),
            ([Ground("C3", YES, 1.0, firm)], Expected(1, low, 2, 1, ("new",)), said),
        ):
            assert order.index(advice.strength(*weaker)) <= grade


def test_the_strongest_comes_first_and_what_is_not_recommended_last():
    advised = advice.judged(list(RULES.values()), COMMUNITIES["published"][0])
    ranks = [
        (list(advice.STATUS).index(each.status), [*advice.STRENGTHS, None].index(each.strength)) for each in advised
    ]
    assert ranks == sorted(ranks)


# The rules as data


def test_rules_name_claims_themes_scenarios_and_findings_that_there_are():
    declared = {claim["id"] for claim in rules_of_claims.load_claims(ROOT / "claims.yaml")}
    scenarios = set(study.load_params(study.Paths(ROOT))["recommendations"]["scenarios"])
    themes = {expectation.theme for expectation in theory.load()}
    written = advice.load()
    known = {*FINDINGS, "through_office", "through_office_days", *(f"voices_{name}" for name in written["voices"])}
    for rule in written["rules"]:
        assert set(rule["claims"]) <= declared
        assert rule["scenario"] is None or rule["scenario"] in scenarios
        assert {each["finding"] for each in rule["when"]} <= known
        if rule["indicator"]:
            assert rule["indicator"]["finding"] in {*known} & {*actions.INDICATORS}
    assert {theme for voice in written["voices"].values() for theme in voice["themes"]} <= themes
    for fact in written["facts"].values():
        for language in advice.LANGUAGES:
            assert set(re.findall(r"{(\w+)", fact[language])) <= known


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rule: rule | {"grade": "strong"}, "unknown: grade"),
        (lambda rule: rule | {"owner": "nobody"}, "owner must be one of"),
        (lambda rule: rule | {"indicator": {"finding": "members", "better": "higher"}}, "must be one of more, less"),
        (lambda rule: rule | {"indicator": {"finding": "members", "factor": 2, "better": "more"}}, "unknown: factor"),
        (lambda rule: rule | {"voices": ["echo"]}, "no voice or fact is called echo"),
        (lambda rule: rule | {"when": [{"finding": "members"}]}, "must have a finding, and at_least or at_most"),
        (lambda rule: {**rule, "en": {"advice": "Do it."}}, "missing or unknown: action"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(tmp_path, change, says):
    written = advice.load()
    written = {**written, "rules": [change(dict(written["rules"][0]))]}
    (tmp_path / "advice.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    with pytest.raises(InputError, match=says):
        advice.load(tmp_path / "advice.yaml")


# Voices


def test_a_passage_that_speaks_against_its_theme_is_counted_separately():
    passages = pd.DataFrame(
        [("reward", f"M{k}", f"u{k}", 0, 9, "untung", "it pays") for k in range(12)]
        + [("cost", "M1", "u1", 10, 19, "dua ratus pesan", "two hundred messages")]
        + [("cost", "M2", "u2", 10, 19, "desain gratis", "free designs")],
        columns=["theme", "member", "unit_id", "start", "end", "text", "translation"],
    )  # fmt: skip
    negative = passages.iloc[[4]][["theme", "member", "unit_id", "start", "end"]].assign(
        translation="", memo="negative"
    )
    counted = findings.voices(passages, negative, 12, advice.load()["voices"])
    assert counted["reward"] == (11, 1, 12)
    assert counted["message_load"] == (1, 0, 12)
    assert counted["unpaid_work"] == (1, 0, 12)


def test_advice_does_not_rest_on_a_theme_on_which_coders_differ_too_much():
    voices = advice.load()["voices"]
    agreed = pd.DataFrame({"code": ["cost", "care"], "alpha": [0.6, 0.9], "usable": [False, True]})
    unsure = findings.unsure(agreed, voices)
    assert unsure == {"message_load", "unpaid_work"}
    sure = {name: (5, 1, 12) for name in voices if name not in unsure}
    given = replace(evidence((YES, YES, YES), voices=sure), unsure=unsure)
    judged = advice.judge(RULES["agree on unpaid work"], given)
    assert (judged.status, judged.strength) == (OPEN, None)
    assert "agreement between the coders is below the floor" in judged.why["en"][0]
    assert advice.judge(RULES["weekly digest"], given).strength == "tentative"
    assert "not measured" in advice.judge(RULES["help with phones"], replace(given, findings={})).why["en"][0]


# Sentences


@pytest.mark.parametrize("kind", COMMUNITIES)
def test_every_sentence_is_complete_in_both_languages(kind):
    given = COMMUNITIES[kind][0]
    advised = advice.judged(list(RULES.values()), given)
    shown = actions.shown(advised, given, Missing("no groups"), advice.load())
    assert len(shown["advice"]) == len(RULES)
    assert all(len(shown["actions"][language]) <= actions.ACTIONS for language in advice.LANGUAGES)
    for entry in shown["advice"]:
        for language in advice.LANGUAGES:
            texts = [
                text for value in entry[language].values() for text in (value if isinstance(value, list) else [value])
            ]
            assert all(text and "{" not in text and "_" not in text for text in texts), texts


def test_actions_name_owner_number_target_and_how_soon():
    given = COMMUNITIES["published"][0]
    shown = actions.shown(advice.judged(list(RULES.values()), given), given, Missing("none"), advice.load())
    assert all("within three months." in action for action in shown["actions"]["en"])
    assert any("Cost: " in action for action in shown["actions_in_full"]["en"])
    assert not [action for action in shown["actions"]["en"] if "Cost: " in action]
    assert all("dalam tiga bulan." in action for action in shown["actions"]["id"])


def test_a_number_that_should_stay_is_no_target_and_one_that_nobody_can_count_is_not_watched():
    given = COMMUNITIES["published"][0]
    digest, unpaid = (advice.judge(RULES[name], given) for name in ("weekly digest", "agree on unpaid work"))
    assert actions.indicator(digest, given, "en") == (
        "pieces of business news a week in all groups: 9 now, it should not fall within three months"
    )
    assert "sekarang 9, jangan sampai turun dalam tiga bulan" in actions.indicator(digest, given, "id")
    more = replace(digest, rule=digest.rule | {"indicator": {"finding": "news_a_week", "better": "not more"}})
    assert "it should not rise within" in actions.indicator(more, given, "en")
    assert actions.indicator(unpaid, given, "en") == "–"
    assert "Watch" not in actions.action(unpaid, given, actions.GROUPS["en"], "en")


@pytest.mark.parametrize(
    ("name", "changes", "english", "indonesian"),
    [
        ("share in turn", (-0.082, -0.011), "60 % now, 52 % to 59 % expected", "52% sampai 59% dalam"),
        ("post at once", (0.02, 0.14), "40 % now, 42 % to 54 % expected", "diperkirakan menjadi 42% sampai 54%"),
        (
            "post at once",
            (-0.06, 0.2),
            "40 % now, it should rise, but chance may hide it",
            "bisa tersamar kebetulan",
        ),
        (
            "post at once",
            (0.001, 0.14),
            "40 % now, it should rise, but chance may hide it",
            "sekarang 40%, seharusnya naik",
        ),
        ("share in turn", (-0.2, 0.1), "60 % now, it should fall, but chance may hide it", "seharusnya turun, walau"),
        ("ask silent members", (2.9, 3.2), "15 now, about 18 expected", "diperkirakan menjadi kira-kira 18 dalam"),
        ("bridge the groups", (2.1, 7.2), "0.5 now, 2.6 to 7.7 expected", "sekarang 0,5, diperkirakan menjadi 2,6"),
        ("ask silent members", (0.1, 0.3), "15 now, it should rise", "sekarang 15, seharusnya naik dalam tiga bulan"),
        ("share in turn", None, "60 % now, it should fall", "sekarang 60%, seharusnya turun dalam tiga bulan"),
        ("share in turn", (-0.9, -0.7), "60 % now, about 0 % expected", "kira-kira 0%"),
    ],
)
def test_what_is_expected_of_a_number_is_what_the_scenario_makes_of_it(name, changes, english, indonesian):
    moved = {RULES[name]["indicator"]["finding"]: changes} if changes else {}
    given = evidence((YES, YES, YES), expected={RULES[name]["scenario"]: replace(GAIN, changes=moved)})
    judged = advice.judge(RULES[name], given)
    assert f"{english} within three months" in actions.indicator(judged, given, "en")
    assert indonesian in actions.indicator(judged, given, "id")


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if not rule["scenario"] and rule["indicator"]])
def test_without_a_scenario_a_number_to_watch_has_a_direction_and_no_target(name):
    given = COMMUNITIES["published"][0]
    said = actions.indicator(advice.judge(RULES[name], given), given, "en")
    assert re.search(r"it should (rise|fall|not fall) within three months$", said)
    assert (" now, " in said) == (name != "keep informal talk")


def test_the_number_to_watch_is_that_of_the_last_months_where_it_is_known():
    given = evidence((YES, YES, YES), top_part_lately=0.7)
    assert "write: 70 % now" in actions.indicator(advice.judge(RULES["deputies"], given), given, "en")


def test_a_gain_that_an_assumption_can_take_away_says_so():
    for language, said in {"en": "It may bring hardly any, depending on how much", "id": "tergantung seberapa"}.items():
        assert said in actions.gain(replace(GAIN, vanishes_with=("held_back",)), language)
        assert said not in actions.gain(GAIN, language)


def test_what_would_bring_more_news_on_weaker_grounds_is_named():
    given = evidence((YES, YES, YES), expected={"bridge": replace(GAIN, gain=1.24)})
    advised = advice.judged(list(RULES.values()), given)
    assert "1.24 pieces" in actions.larger(advised, "en")
    assert "1,24 kabar" in actions.larger(advised, "id")
    assert actions.larger(advised[: actions.ACTIONS], "en") is None


def test_a_count_that_comes_out_too_low_says_so():
    (off,) = advice.judged([RULES["ask silent members"]], COMMUNITIES["published"][0])
    known = evidence((YES, YES, YES), sharers_too_low=None)
    for language, ground in {"en": "did share on average, and 9 or more", "id": "rata-rata 4 anggota"}.items():
        given = COMMUNITIES["published"][0]
        assert any(ground in each for each in actions.grounds(off, given, advice.load(), language))
        assert len(actions.grounds(off, known, advice.load(), language)) == 2


def test_only_what_is_supported_speaks_for_advice():
    given = evidence((OPEN_VERDICT, YES, YES))
    said = actions.grounds(advice.judge(RULES["keep informal talk"], given), given, advice.load(), "en")
    assert [each for each in said if "(C1)" in each] == []
    assert any("(C2): supported" in each for each in said)


def test_a_gain_too_small_to_matter_has_no_number():
    assert actions.gain(Expected(0.01, 0.0, 0.1, 0.0), "en") == "hardly any change in the news that members read"
    assert "0.66 more pieces" in actions.gain(Expected(0.662, 0.0118, 2.17, 1.49), "en")
    assert "(0,01 sampai 2,17), dengan tambahan 1,5 pesan" in actions.gain(Expected(0.662, 0.0118, 2.17, 1.49), "id")


def test_that_the_sign_depends_on_an_assumption_comes_first():
    text = actions.gain(Expected(1.0, 0.4, 2.0, 3.0, depends_on=("held_back",)), "en")
    assert text.startswith("Whether it helps at all depends on an assumption (how much news approval now holds back).")
    assert actions.gain(None, "id") == "tidak dihitung"


@pytest.mark.parametrize(
    ("value", "spec", "english", "indonesian"),
    [
        (0.072, "percent", "7.2 %", "7,2%"),
        (1234.0, "", "1,234", "1.234"),
        (1.25, "", "1.2", "1,2"),
        (38.0, "", "38", "38"),
    ],
)
def test_numbers_are_written_as_each_language_does(value, spec, english, indonesian):
    assert advice.localised(value, spec, "en") == english
    assert advice.localised(value, spec, "id") == indonesian


def texts(value):
    if isinstance(value, str):
        yield value
    else:
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


@pytest.mark.parametrize(
    "said", [actions.WORDS, actions.INDICATORS, advice.UNKNOWN], ids=["words", "indicators", "why"]
)
def test_no_words_have_signs_that_a_page_sets_in_another_way(said):
    assert [text for text in texts(said) if re.search(r"['\"]|--|\.\.\.", text)] == []
