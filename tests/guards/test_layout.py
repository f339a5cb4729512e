"""The top level is fixed; so are the files every checkout has."""

import os
import tomllib

from tree import ROOT, text, tracked

FOLDERS = {"cpu", "cuda", "dispatch", "python", "tests", "benchmarks", "docs", ".ci"}
ROOT_FILES = {
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "CMakeLists.txt", "CMakePresets.json", "pyproject.toml",
    "dev", ".clang-format", ".clang-tidy", ".gitignore", ".pre-commit-config.yaml",
}  # fmt: skip


def test_top_level_folders_are_the_agreed_ones():
    assert {p.parts[0] for p in tracked() if len(p.parts) > 1} <= FOLDERS


def test_root_files_are_the_agreed_ones():
    assert {p.name for p in tracked() if len(p.parts) == 1} == ROOT_FILES


def test_scripts_can_be_run():
    assert all(os.access(ROOT / script, os.X_OK) for script in ("dev", ".ci/run"))


def test_versions_agree():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"VERSION {version} " in (ROOT / "CMakeLists.txt").read_text()
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()


def test_a_header_starts_with_its_purpose_and_is_included_once():
    headers = [p for p in tracked() if p.suffix == ".h"]
    assert [str(p) for p in headers if not text(p).startswith("//")] == []
    assert [str(p) for p in headers if "#pragma once" not in text(p) and not p.name.endswith("-inl.h")] == []
