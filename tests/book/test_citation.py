"""How a study is cited: formats that programs read, and what is stated of it."""

import json
import re

import pytest
import yaml

from analysis import book, study
from analysis.book import citation
from analysis.errors import InputError

WORK = citation.Work("Talk & trade: 100% of {it}", ("Siti Aminah", "The Guyub founders"), "1.2", "2026-11-29",
                     "10.5281/zenodo.1", "https://example.org/a", note="Simulated data.")  # fmt: skip


def a_study(root, simulated=True, **stated) -> study.Paths:
    paths = study.Paths(root)
    study.write_metrics(paths, "ingest", {"status": "ok", "simulated": simulated})
    (root / "study.yaml").write_text(yaml.safe_dump({"title": "A study", "authors": [{"name": "Ani"}], **stated}))
    cff = {"title": "A program", "version": "0.1.0", "date-released": "2026-01-02", "doi": "10.1234/program"}
    (root / "CITATION.cff").write_text(yaml.safe_dump(cff))
    return paths


def test_a_program_reads_the_same_work_from_each_format():
    (item,) = json.loads(citation.csl(WORK))
    lines = [line.split("  - ", 1) for line in citation.ris(WORK).splitlines()]
    tags = {tag: [value for other, value in lines if other == tag] for tag, _ in lines}
    fields = dict(re.findall(r"^  (\w+) = \{?(.*?)\}?,$", citation.bibtex(WORK), re.M))
    assert [author["literal"] for author in item["author"]] == tags["AU"] == list(WORK.authors)
    assert fields["author"] == "{Siti Aminah} and {The Guyub founders}"
    assert item["issued"] == {"date-parts": [[2026, 11, 29]]}
    assert (tags["DA"], fields["year"], fields["month"]) == (["2026/11/29"], "2026", "nov")
    assert item["DOI"] == tags["DO"][0] == fields["doi"] == WORK.doi
    assert (tags["TY"], tags["ER"], lines[-1][0]) == (["GEN"], [""], "ER")
    assert fields["title"] == r"{Talk \& trade: 100\% of \{it\}}"


def test_the_program_s_version_date_and_doi_are_those_of_the_shipped_study_alone(tmp_path):
    cited = citation.work(a_study(tmp_path))
    assert (cited.version, cited.date, cited.doi, cited.note) == (
        "0.1.0",
        "2026-01-02",
        "10.1234/program",
        citation.NOTE,
    )
    cited = citation.work(a_study(tmp_path, simulated=False))
    assert (cited.title, cited.version, cited.date, cited.doi, cited.note) == ("A study", "", "", "", "")
    assert "n.d." in citation.sentence(cited)


def test_what_study_yaml_states_comes_first_and_a_doi_is_taken_out_of_its_address(tmp_path):
    cited = citation.work(a_study(tmp_path, version=2, doi="https://doi.org/10.5281/zenodo.7", date=2025))
    assert (cited.version, cited.date, cited.doi) == ("2", "2025", "10.5281/zenodo.7")
    assert citation.sentence(cited).startswith("Ani (2025). A study (version 2).")
    assert citation.sentence(cited).endswith("https://doi.org/10.5281/zenodo.7")


def test_the_page_says_what_is_not_stated(tmp_path):
    shown = citation.shown(citation.work(a_study(tmp_path, simulated=False)))
    assert shown.count(book.UNKNOWN["en"]) == 4
    assert all(f'href="_downloads/{file}"' in shown for file, _ in citation.FORMATS.values())


@pytest.mark.parametrize("stated", [{"doi": "zenodo"}, {"date": "last May"}, {"site": "javascript:alert(1)"}])
def test_what_no_program_could_read_is_refused(tmp_path, stated):
    with pytest.raises(InputError, match="is not a"):
        book.load_study(a_study(tmp_path, **stated))
