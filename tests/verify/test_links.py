"""Links that show an address: they lead to it, however they are marked up."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from analysis.verify import pages


def astray(link):
    return list(pages._links_astray(SimpleNamespace(site={"a.html": f"<p>{link}</p>"})))


@pytest.mark.parametrize("link", [
    '<a href="https://evil.org" data-href="https://doi.org/10.1000/x">doi:10.1000/x</a>',
    '<a class="x" href="https://doi.org/10.1000/y"><span>doi:10.1000/</span><wbr>x</a>',
    "<a href='https://doi.org/10.1000/y'>https://doi.org/10.1000/x</a>",
    '<a href="https://bit.ly/aBc">https://bit.ly/AbC</a>',
    '<a href="mailto:ani@example.org">budi@example.org</a>',
    '<a href="https://example.org/a">www.example.com/a (open)</a>',
])  # fmt: skip
def test_a_link_that_shows_one_address_and_leads_to_another_is_found(link):
    assert len(astray(link)) == 1


@pytest.mark.parametrize("link", [
    '<a href="http://www.example.org">www.example.org</a>',
    '<a href="https://doi.org/10.1000/X">doi:10.1000/x</a>',
    '<a href="https://doi.org/10.1000/a%3Cb">10.1000/a&lt;b</a>',
    '<a href="mailto:ani@example.org">ani@example.org</a>',
    '<a href="other.html#part">a part of another page</a>',
])  # fmt: skip
def test_a_link_that_leads_where_it_says_is_none(link):
    assert not astray(link)
