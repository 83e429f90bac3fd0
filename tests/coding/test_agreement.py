"""Agreement holds to published and third-party answers, to its definition, and to its invariances."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import permutations

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.coding.agreement import agreement
from analysis.errors import InputError

BY_IRRCAC = {
    "pa": "percent",
    "gwet": "ac1",
    "fleiss": "fleiss",
    "scott2": "fleiss",
    "krippen": "alpha",
    "krippen2": "alpha",
    "conger": "conger",
    "kappa2": "kappa",
    "pa2": "percent",
}
BY_WEIGHTS = {"unweighted": "nominal", "ordinal": "ordinal", "quadratic": "interval", "ratio": "ratio"}
NAN = float("nan")


def value(data: pd.DataFrame, **kwargs: object) -> float:
    return agreement(data, bootstrap=0, **kwargs).value  # type: ignore[arg-type]


def from_table(counts: np.ndarray) -> pd.DataFrame:
    """Units x two coders, from how often the first said the row and the second the column."""
    rows, columns = np.nonzero(counts)
    return pd.DataFrame(np.repeat(np.column_stack([rows, columns]), counts[rows, columns], axis=0))


def units(c: dict) -> pd.DataFrame:
    if c["layout"] == "distribution":  # how many coders gave each category
        return pd.DataFrame([np.repeat(np.arange(len(row)), row) for row in c["data"]])
    if c["layout"] in ("table", "count table"):
        return from_table(np.array(c["data"]))
    frame = pd.DataFrame(c["data"])
    return frame.T if c["layout"] == "coders x units" else frame


# --- the reference cases ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["krippendorff2011_12x4", "wikipedia_alpha_15x3", "krippendorff2018_p306", "hayes_krippendorff2007"]
    + [f"freelon2010_r{n}" for n in (201, 203, 205, 207, 301, 302)]
    + ["atlasti_manual_pa"],
)
def test_alpha_equals_the_reference(case: Callable[[str], dict], name: str) -> None:
    c = case(name)
    for key, expected in c["expected"].items():
        if key.startswith("alpha_"):
            assert value(units(c), level=key.removeprefix("alpha_")) == pytest.approx(expected, abs=c["tolerance"])


@pytest.mark.parametrize("name", ["cac.raw4raters", "cac.raw5obser", "cont3x3abstractors", "distrib.6raters"])
def test_every_coefficient_equals_gwets_irrcac(case: Callable[[str], dict], name: str) -> None:
    c = case(f"gwet_irrCAC_{name}")
    for key, expected in c["expected"].items():
        level = BY_WEIGHTS.get(expected.get("w.name", "unweighted"))
        statistic = BY_IRRCAC.get(key.split(".")[0])
        if statistic is None or level is None:
            continue  # Brennan and Prediger's coefficient, or weights of no level
        got = value(units(c), statistic=statistic, level=level)
        assert got == pytest.approx(expected.get("coeff.val", expected.get("coeff")), abs=c["tolerance"]), key


def test_fleiss_kappa_of_the_psychiatric_diagnoses_of_1971_is_430(case: Callable[[str], dict]) -> None:
    c = case("fleiss1971_30x6")
    assert value(units(c), statistic="fleiss") == pytest.approx(c["expected"]["fleiss_kappa"], abs=c["tolerance"])


def test_kappa_equals_cohens_own_example(case: Callable[[str], dict]) -> None:
    c = case("cohen_1960_1968")
    data = from_table(np.rint(200 * np.array(c["data"])).astype(int))
    assert value(data, statistic="kappa") == pytest.approx(c["expected"]["cohen_kappa"], abs=c["tolerance"])


def test_kappa_and_linear_kappa_equal_sas(case: Callable[[str], dict]) -> None:
    c = case("cohen_sas")
    assert value(units(c), statistic="kappa") == pytest.approx(c["expected"]["cohen_kappa"], abs=c["tolerance"])
    weighted = value(units(c), statistic="weighted_kappa")
    assert weighted == pytest.approx(c["expected"]["weighted_kappa_linear"], abs=c["tolerance"])


def test_percent_agreement_equals_nvivo_and_atlas_ti(case: Callable[[str], dict]) -> None:
    c = case("nvivo_percent_agreement")
    both, one, neither = (c["data"][k] for k in ("both", "one", "neither"))
    data = from_table(np.array([[neither, one], [0, both]]))
    assert value(data, statistic="percent") == pytest.approx(c["expected"]["percent_agreement"], abs=c["tolerance"])
    c = case("atlasti_manual_pa")
    assert value(units(c), statistic="percent") == pytest.approx(c["expected"]["percent_agreement"], abs=c["tolerance"])


# --- published cases that travel with the repository ------------------------------------------------------------------

KRIPPENDORFF_2011 = pd.DataFrame(  # Computing Krippendorff's Alpha-Reliability, section C: 12 units, 4 observers
    {
        "A": [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        "B": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, NAN],
        "C": [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 3],
        "D": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    }
)


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_alpha_of_krippendorffs_twelve_units_equals_his_paper(level: str, published: float) -> None:
    assert value(KRIPPENDORFF_2011, level=level) == pytest.approx(published, abs=0.0006)


def test_kappa_of_the_grant_readers_is_forty() -> None:
    """50 proposals, 20 twice yes, 15 twice no, 5 and 10 divided: the textbook's (0.7 - 0.5) / (1 - 0.5)."""
    assert value(from_table(np.array([[20, 5], [10, 15]])), statistic="kappa") == pytest.approx(0.4)


def test_gwets_twelve_units_equal_the_handbook() -> None:
    """Gwet (2014), Handbook of Inter-Rater Reliability, table 2.9: the same data as Krippendorff's."""
    published = {"percent": 0.81818, "ac1": 0.77544, "fleiss": 0.76117, "conger": 0.76282}
    for statistic, expected in published.items():
        assert value(KRIPPENDORFF_2011, statistic=statistic) == pytest.approx(expected, abs=1e-5)


# --- definitions and invariances --------------------------------------------------------------------------------------

matrices = st.integers(2, 4).flatmap(
    lambda coders: st.lists(
        st.lists(st.one_of(st.just(NAN), st.integers(1, 4).map(float)), min_size=coders, max_size=coders),
        min_size=2,
        max_size=12,
    )
)


def alpha_by_definition(data: np.ndarray, level: str) -> float:
    """Loops over pairs, as in the book; nan where undefined."""
    rows = [row[~np.isnan(row)] for row in data]
    rows = [row for row in rows if row.size > 1]
    codes = np.concatenate(rows) if rows else np.array([])
    n = {c: int((codes == c).sum()) for c in np.unique(codes)}

    def difference(a: float, b: float) -> float:
        if level == "nominal":
            return float(a != b)
        if level == "interval":
            return (a - b) ** 2
        if level == "ratio":
            return ((a - b) / (a + b)) ** 2
        low, high = sorted((a, b))
        return (sum(n[g] for g in n if low <= g <= high) - (n[low] + n[high]) / 2) ** 2 if low < high else 0.0

    observed = sum(difference(a, b) / (row.size - 1) for row in rows for a, b in permutations(row, 2))
    expected = sum(difference(a, b) for a, b in permutations(codes, 2))
    return 1 - (codes.size - 1) * observed / expected if expected else NAN


@settings(max_examples=60)
@given(matrices, st.sampled_from(["nominal", "ordinal", "interval", "ratio"]))
def test_alpha_equals_its_definition_by_loops(rows: list[list[float]], level: str) -> None:
    data = np.array(rows)
    pairable = ((~np.isnan(data)).sum(axis=1) > 1).any()
    if not pairable:
        with pytest.raises(InputError):
            agreement(pd.DataFrame(data), level=level, bootstrap=0)  # type: ignore[arg-type]
        return
    assert value(pd.DataFrame(data), level=level) == pytest.approx(
        alpha_by_definition(data, level), abs=1e-9, nan_ok=True
    )


def noisy(n: int = 300, coders: int = 3, categories: int = 4, seed: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, categories + 1, n)
    codes = np.where(rng.random((n, coders)) < 0.7, truth[:, None], rng.integers(1, categories + 1, (n, coders)))
    return pd.DataFrame(np.where(rng.random((n, coders)) < 0.1, NAN, codes))


@pytest.mark.parametrize("statistic", ["percent", "alpha", "fleiss", "conger", "ac1"])
def test_names_of_categories_and_order_of_coders_and_units_do_not_matter(statistic: str) -> None:
    data = noisy()
    words = data.replace({1.0: "rapat", 2.0: "kabar", 3.0: "canda", 4.0: "tawar"})
    shuffled = data.sample(frac=1, random_state=1)[[2, 0, 1]]
    assert value(words, statistic=statistic) == pytest.approx(value(data, statistic=statistic), abs=1e-12)
    assert value(shuffled, statistic=statistic) == pytest.approx(value(data, statistic=statistic), abs=1e-12)


def test_interval_alpha_ignores_origin_and_scale_and_ratio_alpha_ignores_scale() -> None:
    data = noisy()
    assert value(data * 7 - 100, level="interval") == pytest.approx(value(data, level="interval"), abs=1e-12)
    assert value(data * 7, level="ratio") == pytest.approx(value(data, level="ratio"), abs=1e-12)


def test_ordinal_alpha_ignores_the_spacing_of_values_and_reads_ordered_categoricals() -> None:
    data = noisy()
    spaced = data.replace({1.0: 1, 2.0: 10, 3.0: 11, 4.0: 500})
    words = ["never", "now and then", "often", "always"]
    named = data.replace(dict(zip([1.0, 2.0, 3.0, 4.0], words, strict=True))).astype(
        pd.CategoricalDtype(words, ordered=True)
    )
    assert value(spaced, level="ordinal") == pytest.approx(value(data, level="ordinal"), abs=1e-12)
    assert value(named, level="ordinal") == pytest.approx(value(data, level="ordinal"), abs=1e-12)


def test_conger_of_two_coders_is_cohens_kappa_and_fleiss_is_scotts_pi() -> None:
    data = noisy(coders=2).dropna()
    assert value(data, statistic="conger") == pytest.approx(value(data, statistic="kappa"), abs=1e-12)
    n = len(data)
    alpha, pi = value(data), value(data, statistic="fleiss")
    assert 1 - alpha == pytest.approx(
        (1 - pi) * (2 * n - 1) / (2 * n), abs=1e-12
    )  # Krippendorff's correction for few units


def test_continuous_ratings_hold_too() -> None:
    rng = np.random.default_rng(2)
    data = pd.DataFrame(rng.normal(50, 10, (40, 1)) + rng.normal(0, 3, (40, 3)))
    for level in ("ordinal", "interval", "ratio"):
        assert value(data, level=level) == pytest.approx(alpha_by_definition(data.to_numpy(), level), abs=1e-9)


def test_a_package_of_others_agrees() -> None:
    data = noisy(coders=4)
    for level in ("nominal", "ordinal", "interval", "ratio"):
        assert value(data, level=level) == pytest.approx(
            krippendorff.alpha(data.to_numpy().T, level_of_measurement=level)
        )


# --- intervals --------------------------------------------------------------------------------------------------------


def test_resampling_units_gives_the_interval_of_rs_icr(case: Callable[[str], dict]) -> None:
    c = case("hayes_krippendorff2007")
    for level in ("ordinal", "nominal"):
        low, high = c["bootstrap_reference"][level]["np_ci"]
        got = agreement(units(c), level=level, bootstrap=20_000)  # type: ignore[arg-type]
        assert (got.low, got.high) == (pytest.approx(low, abs=0.01), pytest.approx(high, abs=0.01))
        assert "over units" in got.interval


def test_resampled_patterns_give_the_interval_of_resampled_units() -> None:
    data = noisy(n=200)
    rng = np.random.default_rng(0)
    plain = [value(data.iloc[rng.integers(200, size=200)]) for _ in range(2000)]
    quick = agreement(data, bootstrap=20_000)
    assert (quick.low, quick.high) == pytest.approx(np.quantile(plain, [0.025, 0.975]), abs=0.012)


def test_intervals_of_alpha_cover_the_truth_about_as_often_as_they_say() -> None:
    truth = value(noisy(n=200_000, seed=1))
    hits = [(a.low <= truth <= a.high) for a in (agreement(noisy(n=150, seed=s), bootstrap=400) for s in range(200))]
    assert 0.89 <= np.mean(hits) <= 0.99


def test_equal_seeds_give_equal_intervals() -> None:
    assert agreement(noisy(), seed=3) == agreement(noisy(), seed=3)
    assert agreement(noisy(), seed=3) != agreement(noisy(), seed=4)


# --- edges ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statistic", ["alpha", "kappa", "weighted_kappa", "fleiss", "conger", "ac1"])
def test_without_variation_the_value_is_missing_and_the_interval_says_why(statistic: str) -> None:
    got = agreement(pd.DataFrame({"a": [1, 1, 1], "b": [1, 1, 1]}), statistic=statistic)  # type: ignore[arg-type]
    assert np.isnan([got.value, got.low, got.high]).all()
    assert "do not vary" in got.interval
    assert got.units == 3


def test_declared_categories_count_even_when_unseen() -> None:
    data = pd.DataFrame({"a": ["no", "no"], "b": ["no", "no"]}).astype(pd.CategoricalDtype(["no", "yes"]))
    assert agreement(data, statistic="ac1").value == 1


def test_a_number_and_its_spelling_are_one_code() -> None:
    read = pd.DataFrame({"a": [1, 2, 3, 1], "b": ["1", "2", "3", "2"], "c": [1.0, 2.0, NAN, 2.0]})
    numbers = pd.DataFrame({"a": [1, 2, 3, 1], "b": [1, 2, 3, 2], "c": [1, 2, NAN, 2]})
    assert value(read) == value(numbers)


@pytest.mark.parametrize("scale", [1e300, 1e-150])
def test_very_large_and_small_values_are_compared_as_others_are(scale: float) -> None:
    data = noisy()
    assert value(data * scale, level="interval") == pytest.approx(value(data, level="interval"), abs=1e-12)
    assert value(data * scale, level="ratio") == pytest.approx(value(data, level="ratio"), abs=1e-12)


def test_an_infinite_value_is_a_category_like_others() -> None:
    assert value(noisy().replace({4.0: np.inf})) == value(noisy())


def test_percent_of_codes_that_do_not_vary_is_one() -> None:
    got = agreement(pd.DataFrame({"a": [1, 1, 1], "b": [1, 1, 1]}), statistic="percent")
    assert (got.value, got.low, got.high) == (1, 1, 1)


def test_a_single_unit_has_a_value_and_no_interval() -> None:
    got = agreement(pd.DataFrame({"a": [1, NAN], "b": [2, 3]}))
    assert (got.value, got.units) == (0, 1)
    assert np.isnan(got.low)
    assert "single unit" in got.interval


def test_resamples_without_variation_are_counted_in_the_interval() -> None:
    got = agreement(pd.DataFrame({"a": [0, 0, 0, 0, 1], "b": [0, 0, 0, 0, 1]}))
    assert "undefined ones left out" in got.interval


def test_resamples_without_variation_are_undefined_at_every_level() -> None:
    data = pd.DataFrame({"a": [0.1, 0.1, 0.1, 0.7], "b": [0.1, 0.1, 0.1, 0.7]})
    said = {agreement(data, level=level).interval for level in ("nominal", "ordinal", "interval", "ratio")}
    assert len(said) == 1


def test_coders_without_a_code_are_not_counted() -> None:
    data = noisy()
    data["absent"] = NAN
    assert agreement(data).coders == 3


@pytest.mark.parametrize(
    ("data", "kwargs", "said"),
    [
        (pd.DataFrame({"a": [1.0, 2.0]}), {}, "needs two coders"),
        (pd.DataFrame({"a": [NAN, NAN], "b": [NAN, NAN]}), {}, "needs two coders"),
        (pd.DataFrame({"a": [], "b": []}), {}, "needs two coders"),
        (pd.DataFrame({"a": [1, NAN], "b": [NAN, 1]}), {}, "nothing to compare"),
        (pd.DataFrame({"a": [1], "b": [1], "c": [1]}), {"statistic": "kappa"}, "compares two coders"),
        (pd.DataFrame({"a": ["x", "y"], "b": ["x", "y"]}), {"level": "interval"}, "need numbers"),
        (pd.DataFrame({"a": ["x", "y"], "b": ["x", "y"]}), {"statistic": "weighted_kappa"}, "need numbers"),
        (pd.DataFrame({"a": [-1, 1], "b": [1, 2]}), {"level": "ratio"}, "below 0"),
        (pd.DataFrame({"a": [np.inf, 1], "b": [1, 2]}), {"level": "interval"}, "infinite"),
        (pd.DataFrame({"a": [["x"], ["y"]], "b": [["x"], ["y"]]}), {}, "not hold a single code"),
        (noisy(), {"statistic": "beta"}, "unknown statistic"),
        (noisy(), {"level": "cardinal"}, "unknown level"),
        (noisy(), {"confidence": 95}, "between 0 and 1"),
    ],
)
def test_input_that_cannot_be_compared_is_refused_with_its_reason(data: pd.DataFrame, kwargs: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        agreement(data, **kwargs)


def test_a_hundred_thousand_units_with_a_thousand_resamples_take_a_moment() -> None:
    """The measured figure stands in benchmarks/agreement.py; this only rings when collapsing to patterns is lost."""
    data = noisy(n=100_000, categories=10)
    started = time.perf_counter()
    agreement(data)
    assert time.perf_counter() - started < 2
