"""What the pages say is there, is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.pages import ROOT, links, name_of, pages, prose

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


@pytest.mark.parametrize("document", pages(), ids=name_of)
def test_every_link_to_a_file_leads_somewhere(document):
    local = [link for link in links(document) if not re.match(r"[a-z]+:", link)]

    lost = [link for link in local if not leads_somewhere(document, link)]

    assert lost == []


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return target.exists() and (not anchor or anchor in anchors(target))


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", pages(), ids=name_of)
def test_every_make_target_named_exists(document):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    named = set(re.findall(r"`make ([a-z-]+)", document.read_text()))

    assert named <= targets


@pytest.mark.parametrize("document", [*pages(), ROOT / "CHANGELOG.md"], ids=name_of)
def test_no_page_speaks_of_the_workplace(document):
    foreign = re.findall(
        r"(?:^|[\s(`'\"])(?:/(?:work|tmp/dev|root|home)\b)\S*", document.read_text()
    )

    assert foreign == []


def test_readme_is_read_in_one_sitting():
    lines = (ROOT / "README.md").read_text().splitlines()

    assert len(lines) <= 120


@pytest.mark.parametrize("note", DECISIONS, ids=name_of)
def test_a_decision_is_half_a_page(note):
    lines = note.read_text().splitlines()

    assert len(lines) <= 30
    assert lines[0].startswith(f"# {note.name[:4]} ")


def test_decisions_have_numbers_of_their_own():
    numbers = [note.name[:4] for note in DECISIONS]

    assert numbers == sorted(set(numbers))
    assert all(number.isdecimal() for number in numbers)
