"""Pages made light: pictures as files, icons in place, scripts that keep nothing waiting."""

import base64

import pytest

from analysis.book import light_pages

PNG = base64.b64encode(b"\x89PNG picture").decode()
SHAPES = '{bars:[448,512,["navicon"],"f0c9","M0 96z"],"angle-right":[320,512,[8250],"f105","M2 3z"]}'


def test_an_embedded_picture_becomes_a_file_that_is_loaded_when_it_is_seen():
    text = f'<img alt="a" src="data:image/png;base64,{PNG}"><img src="data:image/svg+xml;base64,{PNG}">'
    files = light_pages.pictures(text)
    assert set(files.values()) == {b"\x89PNG picture"}
    png, svg = files
    shown = light_pages.unpacked(text, "../")
    assert f'<img alt="a" loading="lazy" decoding="async" src="../_images/{png}">' in shown
    assert (png[-4:], svg[-4:]) == (".png", ".svg")
    assert "base64" not in shown


def test_parts_of_a_page_are_unpacked_as_the_page_is():
    parts = [f'<img src="data:image/png;base64,{PNG}">', "<p>So.</p>"]
    assert light_pages.unpacked("".join(parts), "") == "".join(light_pages.unpacked(part, "") for part in parts)


def test_icons_are_drawn_in_the_page_and_their_library_is_not_loaded():
    library = '<script defer src="_static/scripts/fontawesome.js?digest=1"></script>'
    page = library + '<i class="fa-solid fa-bars fa-lg" title="x"></i>'
    shown = light_pages.with_icons(page, SHAPES)
    assert shown == (
        '<svg class="icon fa-solid fa-bars fa-lg" title="x" aria-hidden="true" viewBox="0 0 448 512" '
        'fill="currentColor"><path d="M0 96z"/></svg>'
    )
    assert light_pages.with_icons('<span class="fas fa-bars"></span>', SHAPES).startswith(
        '<svg class="icon fas fa-bars"'
    )
    assert light_pages.with_icons('<i class="fa-solid fa-unknown"></i>', SHAPES) == ""


@pytest.mark.parametrize("searching", [True, False])
def test_scripts_keep_no_page_waiting_and_the_search_has_its_own(searching):
    names = ("documentation_options.js", "guyub.js", "searchtools.js")
    page = "".join(f'<script src="_static/{name}?v=1"></script>\n' for name in names) + "<body></body>"
    shown = light_pages.in_time(page, searching=searching)
    assert '<script src="_static/documentation_options.js?v=1">' in shown
    assert ("searchtools.js" in shown) == searching
    assert ('defer src="_static/guyub.js?v=1"' in shown) != searching


def test_a_page_has_the_script_of_a_figure_that_answers_if_it_has_the_figure():
    scripts = "".join(f'<script src="_static/{name}?v=1"></script>' for name in light_pages.MOVING)
    shown = light_pages.in_time(f'{scripts}<body><figure class="guyub moving map"></figure></body>', searching=False)
    assert 'defer src="_static/map.js?v=1"' in shown
    assert "curves.js" not in shown


def test_the_side_bar_is_a_landmark_and_what_unfolds_in_it_has_a_name():
    page = """<div id="pst-primary-sidebar" class="bd-sidebar"><p class="title logo__title">A book</p>
        <li><a class="x" href="a.html">How &amp; why</a><details><summary><svg/></summary></details></li></div>"""
    shown = light_pages.named(page)
    assert '<div id="pst-primary-sidebar" role="complementary" aria-label="A book" class="bd-sidebar">' in shown
    assert '<summary aria-label="How &amp; why"><svg/>' in shown


def test_a_number_with_its_percent_sign_and_a_date_stay_on_one_line_outside_code_and_drawings():
    kept = (
        "<head><title>9 % of 2024-07-01</title></head>"
        '<img alt="9 % of all, 2024-07-01"><pre>"%d %" % 9 %</pre><svg><text>9 %</text></svg><script>9 % 2</script>'
        "<code>2024-07-01</code>v-2024-07-01-x 12024-07-015"
    )
    page = f"<p>10 % (<b>8</b> % to 12.5 %) on 2024-07-01.</p>{kept}"
    shown = light_pages.unbroken(page)
    whole = '<span class="unbroken">2024-07-01</span>'
    assert shown == f"<p>10\xa0% (<b>8</b> % to 12.5\xa0%) on {whole}.</p>{kept}"
    assert light_pages.breaking(shown) == page
