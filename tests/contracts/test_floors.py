"""What import-linter cannot say: the domain imports nothing that has to be installed, whatever it is called."""

from __future__ import annotations

import sys

import grimp


def test_the_domain_stands_on_the_standard_library_alone() -> None:
    graph = grimp.build_graph("matcher", include_external_packages=True)
    domain = {"matcher.domain", *graph.find_descendants("matcher.domain")}
    imported = {
        module.split(".")[0] for name in domain for module in graph.find_modules_directly_imported_by(name)
    }
    assert imported - sys.stdlib_module_names == {"matcher"}
