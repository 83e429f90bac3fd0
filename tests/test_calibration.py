"""Calibration: rates are counted right, the shortcut is as good as the full chain, and runs go on where they broke."""

import gzip
import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

from analysis import codebook, study, wording
from analysis.calibration import again, confusion, distributions, page, rates, rows, run
from analysis.calibration.confusion import CODES, FEWEST, MEASURED, PREDICTED, alike, code_by_model, draw, truth_of
from analysis.calibration.observed import by_files, by_shortcut
from analysis.calibration.run import kept_of
from analysis.claims import rule
from analysis.errors import InputError
from analysis.network.replies.infer import infer_replies
from analysis.simulate import simulate_community
from analysis.simulate.people import HERE, load_yaml

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = {
    "verdicts": rates.RATES, "naive": rates.RATES, "power": rates.POWER, "coverage": rates.COVERAGE,
    "bias": rates.BIAS, "misses": rates.MISSES, "chain": rates.SHORTCUT,
    "scenarios": ("scenario", "what", "C1", "C2", "C3"),
}  # fmt: skip
TINY = {
    "settings": {
        "partnership": {"draws": 2, "permutations": 19, "shuffles": 19},
        "sharing": {"labels": 3, "bootstrap": 50, "null_draws": 50},
    },
    "conditions": [
        {"name": "null", "scenario": "null", "seed": 1, "communities": 2, "members": 16, "months": 3, "chain": 1},
        {"name": "published", "scenario": "published", "seed": 9, "communities": 1, "members": 16, "months": 3,
         "perfect": True},
    ],
    "final": {"seed": 900000, "step": 10000},
    "described": {"conditions": ["null"], "communities": 1, "draws": 10},
}  # fmt: skip


@pytest.fixture(scope="module")
def book():
    return codebook.load(HERE / "codebook.yaml")


@pytest.fixture(scope="module")
def community():
    return simulate_community(4, members=16, months=3)


@pytest.fixture(scope="module")
def filed(community, tmp_path_factory):
    return by_files(community, tmp_path_factory.mktemp("filed"))


# Rates


def test_wilsons_interval_is_the_published_one():
    """Newcombe (1998, Statistics in Medicine 17, 857-872), table I: 81 of 263, and 0 of 20."""
    assert rates.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert rates.wilson(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)
    assert rates.wilson(20, 20)[1] == 1
    with pytest.raises(InputError):
        rates.wilson(0, 0)


def test_a_mean_has_students_interval_and_leaves_out_what_is_missing():
    mean = rates.mean_of([1.0, 2.0, 3.0, np.nan])
    assert mean["communities"] == 3
    assert [mean["mean"], mean["low"], mean["high"]] == pytest.approx([2, 2 - 2.4841, 2 + 2.4841], abs=1e-4)
    assert rates.mean_of([])["communities"] == 0


def test_an_interval_covers_when_it_holds_the_truth_ends_included():
    ends = pd.DataFrame({"low": [0.0, 0.1, -1.0, None], "high": [0.0, 0.2, 1.0, None]})
    row = rates.covered("null", "a number", ends, 0.0)
    assert (row["communities"], row["coverage"]) == (3, pytest.approx(2 / 3))


def test_misses_are_counted_by_size_and_side_of_the_interval():
    numbers = pd.DataFrame({"value": [2.0, 1.0, 5.0], "low": [1.0, 0.0, 4.5], "high": [3.0, 0.5, 6.0]})
    row = rates.missed("null", "sharers", numbers, [2.0, 1.0, 2.0])
    assert (row["communities"], row["mean"], row["above"], row["below"]) == (3, 1.0, 1 / 3, 1 / 3)
    assert (row["low"], row["high"]) == (0.0, pytest.approx(2.4))
    assert rates.missed("null", "sharers", numbers, [np.nan, 1.0, 2.0])["communities"] == 2


def test_a_community_without_a_truth_counts_neither_way():
    ends = pd.DataFrame({"low": [0.0, 0.0], "high": [1.0, 1.0]})
    assert rates.covered("null", "a number", ends, [0.5, None])["communities"] == 1


def test_the_interval_covers_on_a_heavy_tailed_distribution_where_the_percentile_interval_does_not():
    heavy = next(each for each in distributions.distributions() if each.name == "log-normal, sd 2")
    ours, usual = distributions.gini_coverage(heavy, 40, 60, seed=1)
    assert ours["coverage"] > usual["coverage"] + 0.15


def test_the_rank_of_the_true_value_among_draws_from_the_posterior_is_uniform():
    ranks = np.array([distributions.rank(rng) for rng in np.random.default_rng(3).spawn(60)])
    assert 0.3 < np.mean(ranks < (distributions.DRAWS + 1) / 2) < 0.7
    assert np.mean((ranks > 0) & (ranks < distributions.DRAWS)) > 0.85


# The shortcut


def test_the_shortcut_has_the_messages_of_the_full_chain(community, filed):
    long, short = filed[0], by_shortcut(community)
    written = long.messages[long.messages["member"].notna()].reset_index(drop=True)
    for column in ("member", "time", "kind", "edited"):
        assert written[column].tolist() == short.messages[column].tolist()
    assert long.planted.tolist() == short.planted.tolist()
    assert long.members.equals(short.members)
    assert long.partnerships.equals(short.partnerships)
    words = short.messages["kind"] == "text"  # files have numbers in the one and none in the other
    assert (written["text"] == short.messages["text"])[words].mean() > 0.93


def test_replies_inferred_from_either_hardly_differ(community, filed):
    long, short = filed[0].messages, by_shortcut(community).messages
    long = long[long["member"].notna()].reset_index(drop=True)
    probabilities = []
    for messages in (long, short):
        place = {number: row for row, number in enumerate(messages["message_id"])}
        replies = infer_replies(messages)
        at = replies["message_id"].map(place), replies["reply_to"].map(place).fillna(-1)
        probabilities.append(pd.Series(replies["probability"].to_numpy(), index=pd.MultiIndex.from_arrays(at)))
    distance = probabilities[0].sub(probabilities[1], fill_value=0).abs().sum() / 2 / len(long)
    assert distance < 0.02


def test_drawn_codings_have_the_measured_error_rates(community, filed, book):
    observed, codings = filed
    coded, measured = code_by_model(observed, codings, book, folds=3, gap_minutes=60.0)
    drawn = draw(by_shortcut(community), measured, book, gap_minutes=60.0, seed=1)
    assert len(drawn.carried.labels) == len(coded.carried.labels)
    for code in CODES:
        ours, theirs = (each.carried.probabilities[code].mean() for each in (drawn, coded))
        assert ours == pytest.approx(theirs, abs=0.04)
    truth = truth_of(by_shortcut(community).planted, book)
    assert truth["informal_interaction"].mean() > truth["business_news"].mean() > 0
    assert FEWEST > 1


def test_messages_of_a_kind_that_nobody_measured_err_as_those_most_alike():
    measured = pd.DataFrame({"codes": ["a", "b", "a+b"], "kinds": ["1000", "0011", "1011"]})
    keys = {"codes": np.array(["c"], dtype=object), "kinds": np.array(["1001"], dtype=object)}
    drawn = {alike(measured, keys, np.random.default_rng(seed))["kinds"].item() for seed in range(20)}
    assert drawn == {"1000"}


# The run


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A tiny plan, run whole, in a study folder of its own."""
    root = tmp_path_factory.mktemp("study")
    for name in ("claims.yaml", "params.yaml"):
        shutil.copy(ROOT / name, root / name)
    (root / "src").symlink_to(ROOT / "src")
    (root / "calibration").mkdir()
    (root / "calibration" / "plan.yaml").write_text(yaml.safe_dump(TINY), encoding="utf-8")
    plan = run.load(root)
    run.run_chain(plan, np.inf, jobs=1)
    run.run_trials(plan, np.inf, jobs=1)
    run.run_described(plan, np.inf, jobs=1)
    run.write_tables(plan)
    return plan


def test_a_run_writes_every_table_in_its_columns(small):
    for name, columns in COLUMNS.items():
        assert tuple(pd.read_csv(small.folder / f"{name}.csv").columns) == columns
    verdicts = page.load(small.root).verdicts
    assert verdicts.set_index(["scenario", "claim"]).loc[("null", "C1"), "communities"] == 2


def test_a_run_goes_on_where_it_broke_and_counts_no_community_twice(small):
    log, packed = small.log("trials"), small.runs("trials.jsonl.gz")
    before = packed.read_bytes()
    lines = gzip.decompress(before).decode().splitlines(keepends=True)
    packed.unlink()
    log.write_text("".join(lines[:2]) + '{"condition": "null", "se', encoding="utf-8")
    assert len(rows.records(log, small.mark("trials"))) == 2
    run.run_trials(small, 0.0, jobs=1)
    assert len(rows.records(log, small.mark("trials"))) == 2
    run.run_trials(small, np.inf, jobs=1)
    assert not log.exists()
    assert len(rows.records(log, small.mark("trials"))) == 3
    log.write_text("".join(lines), encoding="utf-8")
    assert len(rows.records(log, small.mark("trials"))) == 3
    log.unlink()
    packed.write_bytes(before)


def test_packed_rows_have_the_same_bytes_whatever_order_they_came_in(tmp_path):
    came = [{"condition": name, "seed": seed, "code": "c"} for name, seed in (("b", 2), ("a", 9), ("a", 1))]
    for name, order in (("one", came), ("two", came[::-1])):
        for record in order:
            rows.append(tmp_path / f"{name}.jsonl", record)
        rows.pack(tmp_path / f"{name}.jsonl", "c")
    assert (tmp_path / "one.jsonl.gz").read_bytes() == (tmp_path / "two.jsonl.gz").read_bytes()


def test_rows_of_two_codes_are_not_mixed(small, tmp_path):
    rows.append(tmp_path / "trials.jsonl", {"condition": "null", "seed": 1, "code": "former"})
    rows.append(tmp_path / "trials.jsonl", {"condition": "null", "seed": 2, "code": "present"})
    with pytest.raises(InputError, match="1 communities were tried on code former"):
        rows.records(tmp_path / "trials.jsonl", "present")
    with pytest.raises(InputError, match="not mixed"):
        run.run_chain(replace(small, code=dict(small.code) | {"chain": "another"}), np.inf, jobs=1)


def test_a_chain_run_anew_leaves_the_trials_where_it_measured_errors_that_are_alike(small, monkeypatch):
    kept = {path: path.read_bytes() for path in small.runs("").rglob("*") if path.is_file()}
    later = replace(small, code=dict(small.code) | {"chain": "later"})
    run.forget(later, ["chain"])
    assert any("trials: 0 communities" in line for line in run.say_cost(later, jobs=1))
    first = PREDICTED[0]
    monkeypatch.setattr(run, "kept_of", lambda table, seed: kept_of(table, seed).assign(**{first: _one_moved(first)}))
    run.run_chain(later, np.inf, jobs=1)
    assert run.waiting(later, "trials", later.mark("trials")) == []
    errors = run.errors_in_use(later)
    assert errors["code"] == small.code["chain"]
    assert 0 < errors["distance"] <= run.ALIKE
    assert not later.runs("anew").exists()
    monkeypatch.setattr(run, "kept_of", lambda table, seed: table.head(40))
    run.forget(later, ["chain"])
    run.run_chain(later, np.inf, jobs=1)
    assert run.errors_in_use(later) == {"code": "later", "distance": 0.0}
    with pytest.raises(InputError, match="not mixed"):
        run.run_trials(later, np.inf, jobs=1)
    shutil.rmtree(small.runs(""))
    for path, content in kept.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _one_moved(column):
    """A table's column, its last value a little higher."""
    return lambda table: [*table[column].iloc[:-1], table[column].iloc[-1] + 0.001]


def test_the_distance_of_two_measurements_is_that_of_kolmogorov_and_smirnov_in_the_group_where_it_is_largest():
    rng = np.random.default_rng(3)
    columns = [*PREDICTED, *confusion.ADJUDICATED, *confusion.SHARE]
    one, other = (
        pd.DataFrame(rng.random((400, len(columns))).round(2), columns=columns).assign(kinds="1010", coded=True)
        for _ in range(2)
    )
    expected = max(stats.ks_2samp(one[name], other[name]).statistic for name in columns)
    found, again = confusion.distribution(one), confusion.distribution(other)
    assert confusion.distance(found, again) == pytest.approx(expected, abs=1e-12)
    assert confusion.distance(found, found) == 0


def test_the_chapter_says_that_codes_were_drawn_with_errors_measured_before(small):
    tables = page.load(small.root)
    assert "earlier run" not in page.say_code(tables)
    errors = {"code": "former", "distance": 0.00049}
    said = page.say_code(replace(tables, provenance=tables.provenance | {"errors": errors}))
    assert "an earlier run of the full chain" in said
    assert "differs nowhere by more than 0.05 percentage points" in said


def test_before_it_starts_a_run_says_how_many_communities_wait_and_what_each_costs(small):
    said = list(run.say_cost(small, jobs=2))
    assert said[0] == "chain: 0 communities, nothing to do"
    packed = small.runs("trials.jsonl.gz")
    before = packed.read_bytes()
    packed.unlink()
    said = list(run.say_cost(small, jobs=2))
    assert re.fullmatch(r"trials: 3 communities, \d+\.\d CPU seconds a community", said[1])
    assert re.fullmatch(r"about \d+ minutes on 2 cores, by the last measurement", said[3])
    packed.write_bytes(before)


def test_of_measured_errors_what_coders_read_is_kept_and_a_sample_of_the_rest():
    table = pd.DataFrame({"coded": [True] * 5 + [False] * 3000, "predicted_partnership": 0.123456})
    kept = run.kept_of(table, seed=1)
    assert (kept["coded"].sum(), len(kept)) == (5, 5 + run.UNREAD)
    assert kept["predicted_partnership"].eq(0.123).all()


def test_equal_seeds_give_equal_records(small):
    first = rows.records(small.log("trials"), small.mark("trials"))[0]
    condition = next(each for each in small.conditions if each.name == first["condition"])
    again = run.trial(condition, first["seed"], run.measured(small), small.settings)
    assert again["claims"] == first["claims"]


def test_no_two_conditions_share_a_community():
    for final in (False, True):
        conditions = run.load(ROOT, final=final).conditions
        seeds = [seed for each in conditions for seed in range(each.seed, each.seed + each.communities)]
        assert len(set(seeds)) == len(seeds)
        assert len({each.name for each in conditions}) == len(conditions)


def test_final_communities_and_others_are_not_counted_together(small):
    first = rows.records(small.log("trials"), small.mark("trials"))[0]
    rows.append(small.log("trials"), first | {"condition": "null", "seed": 900_000})
    assert run.write_tables(small)["verdicts"].set_index("scenario").loc["null", "communities"].max() == 2
    small.log("trials").unlink()
    final = run.load(small.root, final=True)
    assert len(run.waiting(final, "trials", final.mark("trials"))) == 3


def test_every_scenario_is_calibrated_under_its_name():
    named = {each.name for each in run.load(ROOT).conditions if each.name == each.scenario}
    assert named == set(load_yaml("scenarios.yaml"))


def test_codings_are_drawn_from_what_coders_see_in_a_message_and_judged_by_what_it_is(book):
    observed = by_shortcut(simulate_community(4, 16, 3, "biased coders"))
    true, seen = (truth_of(each, book)["informal_interaction"] for each in (observed.planted, observed.read_as))
    assert (true & ~seen).sum() > 20
    measured = pd.DataFrame(dict.fromkeys(MEASURED, 0.0), index=range(2))
    measured = measured.assign(codes=["greeting", "coordination"], kinds=["1000", "0000"], readers=2.0)
    measured = pd.concat([measured.assign(coded=coded) for coded in (True, False)], ignore_index=True)
    measured["predicted_informal_interaction"] = (measured["codes"] == "greeting").astype(float)
    drawn = draw(observed, measured, book, gap_minutes=60.0, seed=1).carried.probabilities["informal_interaction"]
    assert drawn[seen].min() > 0.9 > 0.1 > drawn[true & ~seen].max()


def test_every_part_of_the_chapter_can_be_made_from_a_tiny_run(small):
    tables = page.load(small.root)
    for name in page.SENTENCES:
        assert page.sentence(tables, name)
    for name in (*page.FIGURES, *page.TABLES):
        assert "<figure" in page.drawn(tables, name)
    with pytest.raises(InputError, match="no part"):
        page.drawn(tables, "horoscope")


def test_a_study_without_the_tables_is_asked_to_make_them(tmp_path):
    with pytest.raises(InputError, match="make calibrate"):
        page.load(tmp_path)


def biases(claim):
    """How much too large the claim's number comes out in kind `published`, as a share of what true replies and codes
    give, by what is known; and the claim's limits."""
    bias = pd.read_csv(ROOT / "calibration" / "bias.csv", keep_default_na=False)
    means = bias[(bias["scenario"] == "published") & (bias["quantity"] == claim)].set_index("measured")["mean"]
    declared = {each["id"]: each for each in rule.load_claims(ROOT / "claims.yaml")}
    return means / means["true replies and codes"] - 1, declared[claim]["limits"]


def test_c2s_limits_name_the_bias_that_was_measured():
    relative, limits = biases("C2")
    assert relative["as the study sees it"] == pytest.approx(1 / 2, abs=0.06)
    assert "the number comes out too large, by about one half" in limits


def test_c1s_limits_name_the_biases_that_were_measured():
    """Inferred codes make the number too large, inferred replies too small, and both together too small."""
    relative, limits = biases("C1")
    assert relative["true replies"] == pytest.approx(1 / 10, abs=0.04)
    assert relative["true codes"] == pytest.approx(-1 / 4, abs=0.04)
    assert relative["as the study sees it"] == pytest.approx(-1 / 12, abs=0.04)
    for words in ("by about a tenth", "by about a quarter", "by about a twelfth"):
        assert words in limits


def test_c1s_limits_name_the_range_over_kinds_in_which_it_is_true_and_the_kind_of_twice_the_effect():
    limits = biases("C1")[1]
    bias = pd.read_csv(ROOT / "calibration" / "bias.csv", keep_default_na=False)
    own = bias[(bias["quantity"] == "C1") & (bias["scenario"] != "published")]
    truth = own[(own["measured"] == "true replies and codes") & (own["low"] > 0)].set_index("scenario")["mean"]
    seen = own[own["measured"] == "as the study sees it"].set_index("scenario")["mean"].reindex(truth.index)
    assert (seen / truth - 1).agg(["min", "max"]).tolist() == pytest.approx([-1 / 6, 1 / 4], abs=0.04)
    assert "between about a sixth too small and about a quarter too large" in limits
    power = pd.read_csv(ROOT / "calibration" / "power.csv").query("condition == 'twice the effect' and claim == 'C1'")
    by = power.set_index("measured")["number"]
    assert by["as the study sees it"] / by["true replies and codes"] < 1 - 1 / 3
    assert "where the effect was twice as large more than a third too small" in limits


def a_chapter(**rows):
    """The chapter's tables with these rows alone."""
    tables = {name: pd.DataFrame(rows.get(name, ()), columns=list(columns)) for name, columns in COLUMNS.items()}
    return page.Tables(ROOT, **tables, provenance={})


def test_the_chapter_says_when_kinds_with_few_communities_are_not_judged():
    few, many = (("open", "C3 (true codes)", 0.95, n, share, 0.3, 0.9) for n, share in ((13, 0.5), (100, 0.96)))
    assert "fewer than 30 communities are not judged" in page.say_coverage(a_chapter(coverage=[few, many]))
    assert "not judged" not in page.say_coverage(a_chapter(coverage=[few]))


def test_the_chapter_says_which_rate_counts_as_keeping_to_the_level():
    said = page.answer(a_chapter(verdicts=[("null", "C1", False, 200, 12, 0.06, 0.035, 0.1)]))
    assert said.startswith("Yes")
    assert "if it is 7.0 % at most" in said
    said = page.answer(a_chapter(verdicts=[("null", "C1", False, 200, 20, 0.1, 0.065, 0.15)]))
    assert said.startswith("Mostly")
    assert "C1 in *null* (10 %)" in said


def test_the_chapter_says_what_its_intervals_leave_possible_in_the_kinds_that_keep_to_the_level():
    kept, above = ("turnover", "C1", False, 40, 2, 0.05, 0.014, 0.165), ("null", "C1", False, 200, 20, 0.1, 0.065, 0.15)
    said = page.answer(a_chapter(verdicts=[kept, above]))
    assert "In no other kind was it seen to be exceeded" in said
    assert "16 % cannot be excluded." in said


def test_the_chapter_gives_the_power_of_the_full_chain_where_it_differs_from_the_shortcuts():
    row = ("published", "C2", 14, 12, 10, 12, -0.003, -0.01, 0.01)
    assert "the full chain supported C2 in 10 (the shortcut in 12): too few" in page.say_shortcut(
        a_chapter(chain=[row])
    )


def test_known_codes_alone_do_not_raise_the_power_clearly_and_known_replies_do():
    """What calibration.md says would help."""
    power = pd.read_csv(ROOT / "calibration" / "power.csv").query("condition == 'published'")
    rates = power.set_index(["claim", "measured"])
    for claim in ("C1", "C2"):
        assert rates.loc[(claim, "true codes"), "rate"] < rates.loc[(claim, page.STUDIED), "high"]
        assert rates.loc[(claim, "true replies"), "rate"] > rates.loc[(claim, page.STUDIED), "rate"]


def test_the_chapter_reports_lower_power_for_a_larger_effect():
    usual = ("published", 40, 12, 1.0, page.STUDIED, "C1", 0.1, 31, 8, 0, 0.26, 0.14, 0.43)
    twice = ("twice the effect", 40, 12, 2.0, page.STUDIED, "C1", 0.2, 13, 0, 0, 0.0, 0.0, 0.23)
    said = page.say_size(a_chapter(power=[usual, twice]))
    assert "lower for C1 in *twice the effect* (0 %) than in *published* (26 %)" in said
    found = (*twice[:8], 9, 0, 0.69, 0.42, 0.87)
    assert "More is not always better" not in page.say_size(a_chapter(power=[usual, found]))


def test_it_reports_it_too_where_replies_and_codes_were_known():
    rows = [
        (name, 40, 12, effect, measured, "C1", 0.1, 24, 9, 0, rate, rate - 0.1, rate + 0.1)
        for name, effect, rates in (("published", 1.0, (0.3, 0.7)), ("twice the effect", 2.0, (0.3, 0.2)))
        for measured, rate in zip((page.STUDIED, page.PERFECT), rates, strict=True)
    ]
    said = page.say_size(a_chapter(power=rows))
    assert (
        "C1 in *twice the effect* (30 %; 20 % with every reply and code known) than in *published* (30 %; 70 %" in said
    )


def test_it_says_whether_c2_has_lower_power_because_its_number_is_smaller():
    def said(number):
        rows = [
            (name, 40, months, 1.0, page.PERFECT, "C2", known, 24, 9, 0, rate, rate - 0.1, rate + 0.1)
            for name, months, known, rate in (("published", 12, 0.15, 0.9), ("24 months", 24, number, 0.7))
        ]
        rows += [(*row[:4], page.STUDIED, *row[5:]) for row in rows]
        return page.say_size(a_chapter(power=rows))

    assert "no smaller there (0.16 on average with every reply and code known, 0.15 in *published*)" in said(0.16)
    assert "not examined" in said(0.1)


def test_the_chapter_reports_power_by_the_size_of_the_claims_own_number():
    rows = [
        (name, members, 12, effect, measured, "C3", number, 24, 9, 0, rate, rate - 0.1, rate + 0.1)
        for name, members, effect, rate, known in (
            ("published", 40, 1.0, 0.9, 0.31),
            ("half the effect", 40, 0.5, 0.4, 0.15),
            ("80 members", 80, 1.0, 0.95, 0.33),
        )
        for measured, number in ((page.STUDIED, 0.05), (page.PERFECT, known))
    ]
    shown = " ".join(page.effect_table(a_chapter(power=rows)).data.split())
    assert "<td>0.15</td> <td>40 %</td>" in shown
    assert "<td>0.31</td> <td>90 %</td>" in shown


def test_the_chapter_reports_where_the_interval_of_a_false_c1_excludes_no_effect():
    kept = ("null", "C1 (no effect)", 0.95, 400, 0.98, 0.96, 0.99)
    assert "in every kind" in page.say_no_effect(a_chapter(coverage=[kept]))
    short = [
        ("formal", f"C1 ({what})", 0.95, 24, share, 0.5, 0.9)
        for what, share in (("no effect", 0.75), (page.PERFECT, 0.96))
    ]
    means = [("formal", "C1", page.STUDIED, 24, -0.17, -0.2, -0.1), ("formal", "C1", page.PERFECT, 24, -0.1, -0.2, 0.0)]
    said = page.say_no_effect(a_chapter(coverage=[kept, *short], bias=means))
    assert "- *formal*: excluded in 25 % of 24 communities" in said
    assert "holds in 96 %" in said
    assert "null" not in said


def test_the_chapter_says_which_tests_say_no_where_a_liking_moves_c2s_interval():
    rows = [("affinity", "C2 (no effect)", 0.95, 400, 0.13, 0.1, 0.17)]
    said = page.say_no_effect(a_chapter(coverage=rows, bias=[("affinity", "C2", page.STUDIED, 400, 0.1, 0.09, 0.11)]))
    assert "- *affinity*: excluded in 87 % of 400 communities, with C2's number at 0.10" in said
    assert said.endswith("There only the tests of timing and beyond business talk say no.")


def test_the_seeds_of_the_last_run_are_drawn_only_where_it_is_asked_for():
    usual, final = (
        [seed for each in run.load(ROOT, **asked).conditions for seed in range(each.seed, each.seed + each.communities)]
        for asked in ({}, {"final": True})
    )
    assert max(usual) < 900_000 <= min(final)
    code = [path for folder in ("src", "calibration", "benchmarks") for path in (ROOT / folder).rglob("*.py")]
    asking = [path.name for path in code if "final=" in path.read_text(encoding="utf-8").replace(" ", "")]
    assert sorted(asking) == [
        "calibrate.py",
        "calibrated.py",
    ]  # verify counts kept rows, and draws none
    assert "$(if $(FINAL),--final)" in (ROOT / "Makefile").read_text(encoding="utf-8")


# What is kept in git


def test_the_tables_are_those_that_their_provenance_names():
    provenance = yaml.safe_load((ROOT / "calibration" / "provenance.yaml").read_text(encoding="utf-8"))
    assert set(provenance["sha256"]) == {*(f"{name}.csv" for name in COLUMNS), "plan.yaml"}
    for name in COLUMNS:
        digest = hashlib.sha256((ROOT / "calibration" / f"{name}.csv").read_bytes()).hexdigest()
        assert digest == provenance["sha256"][f"{name}.csv"], name


def test_rates_of_a_claim_that_asked_something_else_are_shown_as_such(small, monkeypatch):
    chapter = page.load(small.root)
    other = {"code": "0123", "asked": chapter.provenance["asked"] | {"C2": "Do partners talk more?"}}
    assert "C2 had another" not in page.say_code(chapter)
    changed = replace(chapter, provenance=chapter.provenance | other)
    monkeypatch.setattr(page, "earlier_code", lambda root: "0123")
    assert "C2 had another estimand or rule then" in page.say_code(changed)


def test_a_page_of_method_says_how_often_its_claim_is_wrong():
    false = [("null", "C1", False, 400, 8, 0.02, 0.01, 0.04), ("hubs", "C1", False, 400, 12, 0.03, 0.02, 0.05)]
    power = [("published", 40, 12, 1.0, page.STUDIED, "C1", 0.2, 60, 54, 0, 0.9, 0.8, 0.95)]
    said = page.say_claim(a_chapter(verdicts=false, power=power), "C1")
    assert "called supported most often in *hubs* (3.0 %) and *null* (2.0 %)" in said
    assert "of 40 members, it was supported in 90 % of 60" in said


def test_power_is_that_of_one_kind_and_the_other_kinds_in_which_a_claim_is_true_are_named():
    tables = page.load(ROOT)
    said, verdicts = page.say_power(tables), tables.verdicts
    assert said.startswith("In *published* all claims are true (60 communities of 40 members over 12 months).")
    for claim in ("C1", "C2", "C3"):
        true = verdicts[
            (verdicts["claim"] == claim) & verdicts["true"].eq(True) & (verdicts["scenario"] != "published")
        ]
        lowest = true.loc[true["rate"].idxmin()]
        elsewhere = f"{wording.percent(lowest['rate'])} (*{lowest['scenario']}*)"
        assert elsewhere in said
        assert f"In the other kinds in which it is true, it was supported in {elsewhere}" in page.say_claim(
            tables, claim
        )


def test_a_page_of_method_names_no_kind_that_never_misled_and_only_the_coverage_that_the_ledger_shows():
    false = [("bursts", "C3", False, 60, 2, 0.03, 0.01, 0.11), ("null", "C3", False, 60, 0, 0.0, 0.0, 0.06)]
    coverage = [("null", f"C3 ({truth})", 0.95, 60, share, 0.5, 0.9) for truth, share in
                (("if coders read all", 0.55), ("true codes", 0.8))]  # fmt: skip
    said = page.say_claim(a_chapter(verdicts=false, coverage=coverage), "C3")
    assert "most often in *bursts* (3.0 %)" in said
    assert "In the other kind it never was." in said
    several = [(f"kind {k}", "C3", False, 60 if k < 5 else 20, 1, 0.02, 0.01, 0.11) for k in range(6)]
    assert (
        "In the 2 other kinds of which 30 communities or more were tried the rate is at most 2.0 %."
        in page.say_claim(a_chapter(verdicts=several), "C3")
    )
    assert "in 80 % of communities" in said
    assert "never called supported" in page.say_claim(a_chapter(verdicts=false[1:]), "C3")


def test_rates_of_another_plan_are_shown_as_such(small):
    plan = small.folder / "plan.yaml"
    before = plan.read_text(encoding="utf-8")
    assert "on the present code" in page.say_code(page.load(small.root))
    plan.write_text(before.replace("communities: 2", "communities: 3"), encoding="utf-8")
    assert "before the plan" in page.say_code(page.load(small.root))
    plan.write_text(before, encoding="utf-8")


@pytest.mark.parametrize("name", COLUMNS)
def test_the_kept_tables_have_their_columns_and_rates_within_their_intervals(name):
    table = pd.read_csv(ROOT / "calibration" / f"{name}.csv", keep_default_na=False, na_values=[""])
    assert tuple(table.columns) == COLUMNS[name]
    middle = next((column for column in ("rate", "coverage", "mean", "difference") if column in table), None)
    if middle and len(table):
        rows = table.dropna(subset=["low", "high"])
        assert ((rows["low"] <= rows[middle] + 1e-4) & (rows[middle] <= rows["high"] + 1e-4)).all()


# Code that was changed and gives the same


@pytest.fixture
def own(small, tmp_path, monkeypatch):
    """A copy of the tiny plan with its code, in git, to write in; one community of each condition is tried again."""
    monkeypatch.setattr(again, "EACH", dict.fromkeys(again.EACH, 1))
    root = shutil.copytree(small.root, tmp_path / "study", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / again.SCRIPT, root / again.SCRIPT)
    for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x"]):
        subprocess.run(["git", "-C", str(root), *command], check=True)
    return replace(small, root=root)


def on_code(plan, fingerprint):
    """The plan, as if the code had this fingerprint."""
    return replace(plan, code=dict(plan.code) | dict.fromkeys(run.PARTS, fingerprint))


def test_rows_are_kept_where_changed_code_gives_the_same_records(own):
    changed, later = on_code(own, "00000000000000ff"), on_code(own, "00000000000000aa")
    with pytest.raises(InputError, match="not mixed"):
        rows.records(changed.log("trials"), changed.mark("trials"))
    assert [again.carry_over(changed, part, jobs=1) for part in run.PARTS] == [1, 2, 1]
    assert all(run.waiting(changed, part, changed.mark(part)) == [] for part in run.PARTS)
    run.write_tables(changed)
    carried = run.noted(changed)["carried"]
    assert carried["trials"] == {
        "computed": own.code["trials"],
        "present": "00000000000000ff",
        "communities": 2,
        "rounded_otherwise": 0,
    }
    assert again.carry_over(later, "described", jobs=1) == 1
    assert run.carried(later)["described"]["computed"] == own.code["described"]
    run.forget(later, ["described"])
    assert run.carried(later) == {}


def test_rows_are_not_kept_where_one_number_of_a_record_differs(own, monkeypatch):
    changed = on_code(own, "00000000000000ff")
    monkeypatch.setattr(again, "trial", _a_little_higher)
    with pytest.raises(InputError, match=r"gives a different record from code .* adjudicated_excess .* -> "):
        again.carry_over(changed, "trials", jobs=1)
    assert run.carried(changed) == {}


def test_a_record_of_another_machine_counts_where_both_codes_give_the_same_here(own):
    """As if another processor had rounded otherwise when the rows were computed."""
    packed = own.runs("trials.jsonl.gz")
    records = [json.loads(line) for line in gzip.decompress(packed.read_bytes()).decode().splitlines()]
    for record in records:
        record["adjudicated_excess"] += 1e-6
    packed.write_bytes(gzip.compress("".join(json.dumps(each) + "\n" for each in records).encode(), mtime=0))
    changed = on_code(own, "00000000000000ff")
    assert again.carry_over(changed, "trials", jobs=1) == 2
    assert run.carried(changed)["trials"]["rounded_otherwise"] == 2


def test_without_the_former_code_a_record_that_differs_is_not_kept(own, monkeypatch):
    monkeypatch.setattr(again, "trial", _a_little_higher)
    shutil.rmtree(own.root / ".git")
    with pytest.raises(InputError, match="git log failed"):
        again.carry_over(on_code(own, "00000000000000ff"), "trials", jobs=1)


def _a_little_higher(condition, seed, measured, settings):
    record = run.trial(condition, seed, measured, settings)
    return record | {"adjudicated_excess": record["adjudicated_excess"] + 1e-6}


def test_rows_of_code_that_the_tables_do_not_name_are_not_kept(own):
    packed = own.runs("trials.jsonl.gz")
    text = gzip.decompress(packed.read_bytes()).decode().replace(own.mark("trials"), "f" * 16)
    packed.write_bytes(gzip.compress(text.encode(), mtime=0))
    with pytest.raises(InputError, match="not all rows of trials were computed by code"):
        again.carry_over(on_code(own, "00000000000000ff"), "trials", jobs=1)


def test_rows_of_the_present_code_need_no_trial(small):
    assert [again.carry_over(small, part, jobs=1) for part in run.PARTS] == [0, 0, 0]


def test_the_chapter_says_that_rates_were_measured_on_code_that_gives_the_same(small):
    tables = page.load(small.root)
    assert "measured on the present code" in page.say_code(tables)
    note = {"computed": "former", "present": "now", "communities": 99, "rounded_otherwise": 0}
    said = page.say_code(replace(tables, provenance=tables.provenance | {"carried": {"trials": note}}))
    assert "earlier code (fingerprint `former`) that gives the same" in said
    assert "99 of the communities" in said
    assert "digit for digit" not in said
    carried = {"trials": note | {"rounded_otherwise": 2}}
    assert "2 are not digit for digit the kept one" in page.say_code(
        replace(tables, provenance=tables.provenance | {"carried": carried})
    )


def test_a_community_tried_again_gives_the_record_that_is_kept():
    """What calibration's tables rest on (the last run, by their provenance) is what the shipped code computes."""
    plan = run.load(ROOT, final=study.read_yaml(ROOT / "calibration" / "provenance.yaml")["final"])
    kept = next(record for record in rows.records(plan.log("trials"), None) if record["condition"] == "20 members")
    condition = next(each for each in plan.conditions if each.name == "20 members")
    found = run.trial(condition, kept["seed"], run.measured(plan), plan.settings)
    for claim, numbers in kept["claims"].items():
        assert found["claims"][claim]["verdict"] == numbers["verdict"]
        assert found["claims"][claim]["value"] == pytest.approx(numbers["value"], abs=0.005)  # another processor
