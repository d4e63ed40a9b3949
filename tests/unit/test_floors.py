"""Who may use what, as far as import contracts cannot tell: names that are private, circles, tests."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from types import ModuleType

import grimp
import pytest

from goldleaf import errors
from goldleaf_tools import errors as tool_errors

ROOT = Path(__file__).parents[2]
CLIENT, TOOLS, DEVNET = "sdk/goldleaf", "tools/goldleaf_tools", "devnet/goldleaf_devnet"
APP, SCRIPTS = "app/goldleaf_app", "scripts"


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """What a module imports from elsewhere: the dotted name, and the name taken out of it, if any."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.module or "", alias.name) for alias in node.names)


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def defined(tree: ast.AST) -> set[str]:
    """The private names that a module's classes and functions have, and those of what they keep in themselves."""
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    own = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and is_own(node))
    return {name for name in names | {node.attr for node in own} if is_private(name)}


def is_own(attribute: ast.Attribute) -> bool:
    return isinstance(attribute.value, ast.Name) and attribute.value.id in ("self", "cls")


# Those of the client's objects.
CLIENTS = {name for path in modules(CLIENT) for name in defined(ast.parse(path.read_text()))}


def private_names(tree: ast.AST) -> set[str]:
    """The client's private names that a module imports, or takes of an object that is not its own."""
    found = {
        f"{module}.{name}".rstrip(".")
        for module, name in imported(tree)
        if module.partition(".")[0] == "goldleaf" and any(map(is_private, [*module.split("."), name]))
    }
    foreign = CLIENTS - defined(tree)
    taken = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and not is_own(node))
    return found | {ast.unparse(node) for node in taken if node.attr in foreign}


@pytest.mark.parametrize("folder", [TOOLS, DEVNET, APP, SCRIPTS])
def test_client__as_others_use_it__by_public_names_alone(folder: str) -> None:
    used = {str(path): private_names(ast.parse(path.read_text())) for path in modules(folder)}
    assert used and {path: names for path, names in used.items() if names} == {}


def test_imports__of_all_modules__go_in_no_circle() -> None:
    packages = ("goldleaf", "goldleaf_tools", "goldleaf_devnet", "goldleaf_app", "scripts")
    graph = grimp.build_graph(*packages, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    # Raises CycleError, which names the modules.
    assert len(list(TopologicalSorter(imports).static_order())) == len(graph.modules) > 200


def test_imports__of_a_test__are_never_of_another_test() -> None:
    found = {
        str(path): {module, name}
        for path in modules("tests")
        if path.name.startswith("test_")
        for module, name in imported(ast.parse(path.read_text()))
        if module.startswith("tests.") and "test_" in f"{module}.{name}"
    }
    assert found == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from goldleaf._encoding.codec import contract", {"goldleaf._encoding.codec.contract"}),
        ("from goldleaf import _encoding, events", {"goldleaf._encoding"}),
        ("import goldleaf._engine.fees", {"goldleaf._engine.fees"}),
        ("def f(): from goldleaf.stores._http import get", {"goldleaf.stores._http.get"}),
        ("client._run(1)", {"client._run"}),
        ("class A:\n  def f(self): return self._client._sending.lately", {"self._client._sending"}),
        ("from goldleaf import __version__, Goldleaf\nfrom . import _index\nGoldleaf.__doc__", set()),
        ("class A:\n  def f(self, other): return self._client == other._client", set()),
        ("row._asdict()", set()),
    ],
)
def test_private_names__in_a_module__found(text: str, found: set[str]) -> None:
    assert private_names(ast.parse(text)) == found


@pytest.mark.parametrize(("module", "folder"), [(errors, CLIENT), (tool_errors, TOOLS)], ids=["client", "tools"])
def test_errors__of_a_package__are_those_that_it_raises(module: ModuleType, folder: str) -> None:
    own = [kind for kind in vars(module).values() if isinstance(kind, type) and kind.__module__ == module.__name__]
    # A base is raised as what is derived from it, and a contract's reason by the contract.
    raised = [kind for kind in own if not kind.__subclasses__() and kind not in errors.REASONS.values()]
    texts = [path.read_text() for path in modules(folder) if path.name != "errors.py"]
    assert own and [kind for kind in raised if not any(kind.__name__ in text for text in texts)] == []
