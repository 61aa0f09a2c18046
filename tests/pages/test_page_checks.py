"""The checks of the site's pages find what is broken, and nothing in good pages."""

import pytest

from pages.page_checks import check_pages

GOOD = """<html><head><link rel="stylesheet" href="style.css"></head><body id="top">
<h1 id="title">T</h1><a href="#title">here</a><a href="more/other.html#place">there</a>
<a href="https://keras.io/">outside</a><a href="mailto:a@b.c">mail</a>
<img src="cat.png" alt="A cat looks into the camera."></body></html>"""


def write_site(folder, page=GOOD, style="body { color: black }"):
    """Write a site of two pages, a style sheet and a picture."""
    (folder / "more").mkdir()
    (folder / "index.html").write_text(page)
    (folder / "style.css").write_text(style)
    (folder / "cat.png").write_bytes(b"")
    (folder / "more/other.html").write_text('<p id="place">P <a href="../index.html">up</a></p>')
    return folder


def test_good_pages_have_no_problems(tmp_path):
    problems, counts = check_pages(write_site(tmp_path))
    assert problems == []
    assert counts == {"pages": 2, "links": 5, "pictures": 1}


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        ("more/other.html#place", "more/others.html", "there is no such file"),
        ("other.html#place", "other.html#palace", "no such place"),
        ('href="#title"', 'href="#titel"', "no such place"),
        ("A cat looks into the camera.", "", "shows cat.png with the words ''"),
        ("A cat looks into the camera.", "cat.png", "with the words 'cat.png'"),
        (' alt="A cat looks into the camera."', "", "with the words None"),
        ('src="cat.png"', 'src="https://example.org/cat.png"', "fetches https://example.org"),
        ('href="style.css"', 'href="//cdn.example.org/s.css"', "fetches //cdn.example.org"),
    ],
)
def test_what_is_broken_is_named(tmp_path, good, bad, problem):
    assert good in GOOD
    problems, _ = check_pages(write_site(tmp_path, GOOD.replace(good, bad)))
    assert any(problem in found for found in problems), problems


@pytest.mark.parametrize(
    "style", ["@import 'https://example.org/s.css';", "a { background: url(https://e.org/p.png) }"]
)
def test_a_style_sheet_that_fetches_from_elsewhere_is_named(tmp_path, style):
    problems, _ = check_pages(write_site(tmp_path, style=style))
    assert len(problems) == 1 and "style.css fetches https://" in problems[0]


def test_a_picture_that_is_not_there_is_named(tmp_path):
    (write_site(tmp_path) / "cat.png").unlink()
    problems, _ = check_pages(tmp_path)
    assert problems == ["index.html links to cat.png, and there is no such file."]
