"""The contracts' functions, as the compiler understands them: nothing here is a copy of the source."""

from functools import cache
from pathlib import Path
from typing import Any

from vyper import ast as vy_ast
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.phases import CompilerData

CONTRACTS = Path(__file__).parents[2] / "contracts"


class Source:
    """Deployables and all modules that they import, with types. Functions are named `module.function`, e.g.
    `escrow.batches._of`; those of the deployable itself by its own name, e.g. `TaskTerms.task_words`."""

    def __init__(self, *deployables: str, contracts: Path = CONTRACTS) -> None:
        self.contracts = contracts.resolve()
        bundle = FilesystemInputBundle([self.contracts.parent, self.contracts])
        self.functions: dict[str, Any] = {}
        self.variables: dict[str, Any] = {}
        self.constants: dict[str, Any] = {}
        self.modules: dict[str, Any] = {}
        for deployable in deployables:
            data = CompilerData(bundle.load_file(self.contracts / f"{deployable}.vy"), bundle)
            self._add(data.annotated_vyper_module)

    def _add(self, module: Any) -> None:
        name = self.name_of(module)
        if name in self.modules:
            return
        self.modules[name] = module
        for node in module.body:
            if isinstance(node, vy_ast.FunctionDef):
                self.functions[f"{name}.{node.name}"] = node
            elif isinstance(node, vy_ast.VariableDecl):
                kind = self.constants if node.is_constant else self.variables
                kind[f"{name}.{node.target.id}"] = node
        for imported in module._metadata["type"].imported_modules.values():
            self._add(imported.module_t._module)

    def name_of(self, module: Any) -> str:
        """`escrow.packing`, or `TaskEscrow`."""
        path = Path(module.resolved_path)
        modules = self.contracts / "modules"
        if path.is_relative_to(modules):
            return ".".join(path.relative_to(modules).with_suffix("").parts)
        return path.stem

    def function_name(self, node: Any) -> str:
        return f"{self.name_of(node.module_node)}.{node.name}"

    def struct(self, name: str) -> Any:
        """Type of a struct, e.g. `escrow.packing.Terms`."""
        module, _, struct = name.rpartition(".")
        return self.modules[module]._metadata["namespace"][struct]

    def constant(self, name: str) -> int:
        value = self.constants[name].value
        folded = value.get_folded_value() if value.has_folded_value else value
        return int(folded.value)


@cache
def source(*deployables: str) -> Source:
    return Source(*deployables)
