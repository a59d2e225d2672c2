"""The Python source of a pytm model, read as a tree and never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeGuard

from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.importers.register import Register

Record = dict[str, Any]
LARGEST = 1_000_000  # bytes of a source
LISTS = {"Boundary": "boundaries", "Data": "data", "Dataflow": "flows"}
ELEMENTS = (
    "Actor", "Agent", "Asset", "Datastore", "Element", "ExternalEntity", "Lambda", "LLM", "Process",
    "Server", "SetOfProcesses",
)  # fmt: skip
_IMPORT = re.compile(rb"^[ \t]*(?:from[ \t]+pytm[\w.]*[ \t]+import\b|import[ \t]+pytm\b)", re.M)


def names_pytm(path: Path) -> bool:
    """Tell whether a file is Python that imports pytm, by a line near its beginning."""
    try:
        with path.open("rb") as file:
            return _IMPORT.search(file.read(100_000)) is not None
    except OSError:
        return False


def read_source(path: Path, out: Register) -> Record:
    """Read a source into what pytm's own JSON holds; what only a run would show is told.

    Raises InvalidData when the file is no Python or too large.
    """
    issue = Issue("import-unreadable", Place(path.name), "is no Python that can be read")
    try:
        if path.stat().st_size > LARGEST:
            text = f"is larger than {LARGEST:,} bytes"
            raise InvalidData([Issue("import-too-large", Place(path.name), text)])
        source = _Source(path.name, out)
        source.read(ast.parse(path.read_bytes()).body)
        source.close()
    except SyntaxError as error:
        place = Place(path.name, None, error.lineno)
        text = f"is no Python: {quote(error.msg)}"
        raise InvalidData([Issue("import-unreadable", place, text)]) from None
    except (OSError, ValueError, RecursionError, MemoryError):
        raise InvalidData([issue]) from None
    return source.model


class _Source:
    """Takes the statements of a source in their order and keeps what the names stand for."""

    def __init__(self, file: str, out: Register) -> None:
        self.file, self.out = file, out
        self.model: Record = {key: [] for key in ("boundaries", "data", "elements", "flows")}
        self.values: dict[str, Any] = {}  # what a variable stands for: a record, a text, a list
        self.classes: dict[str, str] = {}  # names of pytm's classes in this file
        self.modules: set[str] = set()
        self.functions: dict[str, ast.FunctionDef] = {}  # those not called yet

    def read(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            if isinstance(statement, ast.ImportFrom) and str(statement.module).startswith("pytm"):
                self.classes |= {each.asname or each.name: each.name for each in statement.names}
            elif isinstance(statement, ast.Import):
                named = (each for each in statement.names if each.name.startswith("pytm"))
                self.modules |= {each.asname or each.name.partition(".")[0] for each in named}
            elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
                self._assign(statement)
            elif isinstance(statement, ast.Expr):
                self._take(statement.value)
            elif isinstance(statement, ast.FunctionDef):
                self.functions[statement.name] = statement
            elif isinstance(statement, (ast.Try, ast.With)) or _is_main(statement):
                self.read(statement.body)
            else:
                self._tell(statement)

    def close(self) -> None:
        """Tell what stands in functions that nobody calls plainly."""
        for function in self.functions.values():
            self._tell(function)

    def _tell(self, statement: ast.stmt) -> None:
        if _says_something(statement, {*self.classes, *self.modules}):
            told = f"row {statement.lineno}: what a loop, branch or function says"
            self.out.lack(self.file, f"{told} is not read, for nothing is run")

    def _assign(self, statement: ast.Assign | ast.AnnAssign) -> None:
        if statement.value is None:
            return
        value = self._take(statement.value)
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            if isinstance(target, ast.Name):
                self.values[target.id] = value
            elif isinstance(target, ast.Attribute):
                self._set(target, value)
            elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, list):
                for part, each in zip(target.elts, value, strict=False):
                    if isinstance(part, ast.Name):
                        self.values[part.id] = each

    def _set(self, target: ast.Attribute, value: Any) -> None:
        """Set an attribute of a record; ``x.controls.y`` sets one of its controls."""
        holder, inner = target.value, False
        if isinstance(holder, ast.Attribute) and holder.attr == "controls":
            holder, inner = holder.value, True
        record = self.values.get(holder.id) if isinstance(holder, ast.Name) else None
        if not isinstance(record, dict):
            return
        if value is None:
            told = f"row {target.lineno}: the value of {target.attr} is computed and not read"
            self.out.lack(self.file, told)
            return
        place = record.setdefault("controls", {}) if inner else record
        place[target.attr] = _name_all(value)

    def _take(self, node: ast.expr) -> Any:
        """Return what an expression stands for: a text, a list, a record; None when unknown."""
        if isinstance(node, ast.Constant):
            return None if node.value is None else _write(node.value)
        if isinstance(node, ast.Name):
            return self.values.get(node.id)
        if isinstance(node, ast.Attribute):
            return node.attr  # Classification.SECRET
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return [self._take(each) for each in node.elts]
        if isinstance(node, ast.JoinedStr):
            parts = [
                self._take(each.value if isinstance(each, ast.FormattedValue) else each)
                for each in node.values
            ]
            return "".join(parts) if all(isinstance(p, str) for p in parts) else None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self._take(node.left), self._take(node.right)
            return left + right if isinstance(left, str) and isinstance(right, str) else None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            number = self._take(node.operand)
            return f"-{number}" if isinstance(number, str) else None
        if isinstance(node, ast.Call):
            return self._call(node)
        return None

    def _call(self, node: ast.Call) -> Any:
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        if called in self.functions and not (node.args or node.keywords):
            self.read(self.functions.pop(called).body)
            return None
        named = self._find_class(node.func)
        values = [self._take(each) for each in node.args]
        if named not in {"TM", "Assumption", "DataSet", *LISTS, *ELEMENTS}:
            return values[0] if named in ("list", "set") and values else None
        if named == "DataSet":
            return values[0] if values else []
        more = {each.arg: self._take(each.value) for each in node.keywords if each.arg}
        if named == "Assumption":
            return values[0] if values else more.get("name")
        keys = ("source", "sink", "name") if named == "Dataflow" else ("name",)
        stated = {**dict(zip(keys, values, strict=False)), **more}
        for key in [key for key, value in stated.items() if value is None]:
            told = f"row {node.lineno}: the value of {key} is computed and not read"
            self.out.lack(self.file, told)
        record = {key: _name_all(value) for key, value in stated.items() if value is not None}
        if named == "TM":
            self.model |= record
            record = self.model
        else:
            record.setdefault("name", f"{named} of row {node.lineno}")
            record |= {} if named in LISTS else {"__class__": named}
            self.model[LISTS.get(named, "elements")].append(record)
        return record

    def _find_class(self, function: ast.expr) -> str:
        if isinstance(function, ast.Name):
            return self.classes.get(function.id, function.id if self._is_starred() else "")
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            return function.attr if function.value.id in self.modules else ""
        return ""

    def _is_starred(self) -> bool:
        return "*" in self.classes


def _name_all(value: Any) -> Any:
    """Let records stand by their names, as in pytm's JSON."""
    if isinstance(value, dict):
        return str(value.get("name", "")) if "name" in value else value
    if isinstance(value, list):
        return [_name_all(each) for each in value if each is not None]
    return value


def _write(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_main(statement: ast.stmt) -> TypeGuard[ast.If]:
    if not isinstance(statement, ast.If) or not isinstance(statement.test, ast.Compare):
        return False
    return "__name__" in ast.dump(statement.test.left)


def _says_something(statement: ast.stmt, names: set[str]) -> bool:
    """Tell whether a statement that is not followed makes or changes something of pytm."""
    made = {"TM", *LISTS, *ELEMENTS, *names} - {"*"}
    for node in ast.walk(statement):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.id if isinstance(function, ast.Name) else ""
            name = function.attr if isinstance(function, ast.Attribute) else name
            if name in made:
                return True
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            return True
    return False
