"""What no committed file contains."""

import re

from tree import ROOT, text, tracked

SOURCES = (".cc", ".h", ".def", ".py", ".pyi", ".cu", ".cuh", ".cmake", ".toml", ".json", ".yaml", "")
TEXT = (*SOURCES, ".md", ".txt")
# Spelled so that this file does not break its own rule.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
MACHINE_PATH = re.compile(r"(?<![\w.}\"'`/])/(?:work|root|home|opt|mnt|tmp|var|Users)/")
HOST = re.compile(r"https?:" r"//")


def tracked_text(suffixes):
    binary = {p for p in tracked() if b"\0" in (ROOT / p).read_bytes()[:4096]}
    return [p for p in tracked() if p.suffix in suffixes and p not in binary]


def lines_matching(pattern, suffixes):
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in tracked_text(suffixes)
        for number, line in enumerate(text(path).splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_unfinished_work_is_noted_in_sources():
    assert lines_matching(UNFINISHED, TEXT) == []


def test_no_path_of_one_machine_is_named():
    assert lines_matching(MACHINE_PATH, TEXT) == []


def test_no_host_is_named():
    assert lines_matching(HOST, (*SOURCES, ".txt")) == []


def test_sources_are_ascii():
    assert lines_matching(re.compile(r"[^\x00-\x7f]"), SOURCES) == []
