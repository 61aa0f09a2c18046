"""What must hold for every page of the site: links lead somewhere, pictures have words, no CDN.

Each check takes the folder of pages and returns its problems, one sentence each.
"""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHED = {"img": "src", "script": "src", "iframe": "src", "source": "src", "video": "src"}
FETCHED_LINKS = {"stylesheet", "icon", "shortcut", "preload", "prefetch", "preconnect", "manifest"}
SHORTEST_WORDS = 12  # letters that say anything about a picture


class Page(HTMLParser):
    """What a page offers to be linked to, links to, fetches and shows."""

    def __init__(self, path):
        super().__init__()
        self.path, self.anchors, self.links, self.fetched, self.pictures = path, set(), [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        """Collect what a tag brings."""
        values = dict(attributes)
        self.anchors.update(values[key] for key in ("id", "name") if values.get(key))
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if tag in FETCHED and values.get(FETCHED[tag]):
            self.fetched.append(values[FETCHED[tag]])
        if tag == "link" and FETCHED_LINKS & set((values.get("rel") or "").split()):
            self.fetched.append(values.get("href") or "")
        if tag == "img":
            self.pictures.append((values.get("src", ""), values.get("alt")))


def read_pages(folder):
    """Read every page of the site, by path."""
    return {path.resolve(): Page(path.resolve()) for path in sorted(Path(folder).rglob("*.html"))}


def broken_links(pages):
    """Every link within the site leads to a file, and to a place in it where it names one."""
    problems = []
    for page in pages.values():
        for link in page.links + page.fetched:
            parts = urlsplit(link)
            if parts.scheme or link.startswith("//"):
                continue
            target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
            if not target.exists():
                problems.append(f"{page.path.name} links to {link}, and there is no such file.")
            elif parts.fragment and unquote(parts.fragment) not in anchors_of(pages, target):
                problems.append(f"{page.path.name} links to {link}, and has no such place.")
    return problems


def anchors_of(pages, target):
    """Return the places in a page; in another file none can be linked to."""
    return pages[target].anchors if target in pages else ()


def wordless_pictures(pages):
    """Every picture has an alternative text that says more than a file's name."""
    return [
        f"{page.path.name} shows {source[:60]} with the words {words!r}; say what is in it."
        for page in pages.values()
        for source, words in page.pictures
        if len((words or "").strip()) < SHORTEST_WORDS or words.endswith((".png", ".jpg"))
    ]


def requests_outside(pages, folder):
    """No page and no style sheet fetches anything from elsewhere."""
    found = [(page.path.name, link) for page in pages.values() for link in page.fetched]
    for sheet in Path(folder).rglob("*.css"):
        style = sheet.read_text(encoding="utf-8")
        addresses = re.findall(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)", style)
        found += [(sheet.name, "".join(pair)) for pair in addresses]
    return [
        f"{name} fetches {link}; bring it along or leave it out."
        for name, link in found
        if urlsplit(link).scheme in ("http", "https") or link.startswith("//")
    ]


def check_pages(folder):
    """Return all problems of all pages, and how many pages, links and pictures there are."""
    pages = read_pages(folder)
    problems = [*broken_links(pages), *wordless_pictures(pages), *requests_outside(pages, folder)]
    counts = {
        "pages": len(pages),
        "links": sum(len(page.links) for page in pages.values()),
        "pictures": sum(len(page.pictures) for page in pages.values()),
    }
    return problems, counts
