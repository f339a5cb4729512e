"""A file has one idea and at most 400 lines; a function does one thing in at most 60."""

import ast
import re

from tree import CXX, files, text, without_comments

FILE_LINES = 400
FUNCTION_LINES = 60
CMAKE_LINES = 500
SOURCES = files(*CXX, ".py", ".cu", ".cuh")


def cxx_functions(source):
    """(line, length, head) of every function body: a brace whose head has parentheses and is no type or namespace."""
    clean = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group()), source, flags=re.M)
    found, stack, head_start = [], [], 0
    for match in re.finditer(r"[{};]", clean):
        at = match.start()
        if match.group() == "{":
            head = clean[head_start:at].strip()
            inside = any(kind == "function" for kind, _, _ in stack)
            named = re.match(r"(template\s*<.*?>\s*)?(class|struct|enum|union|namespace|extern)\b", head, flags=re.S)
            kind = "function" if "(" in head and not named and not inside and not head.endswith("=") else "other"
            stack.append((kind, head_start + len(clean[head_start:at]) - len(clean[head_start:at].lstrip()), head))
        elif match.group() == "}" and stack:
            kind, start, head = stack.pop()
            if kind == "function":
                first = clean.count("\n", 0, start) + 1
                found.append((first, clean.count("\n", 0, at) + 2 - first, head.split("(")[0][-60:]))
        head_start = at + 1
    return found


def python_functions(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node, clean=False) or ""
            yield node.lineno, node.end_lineno - node.lineno + 1 - documented.count("\n"), node.name


def functions(path):
    return python_functions(text(path)) if path.suffix == ".py" else cxx_functions(without_comments(text(path)))


def test_files_have_at_most_400_lines():
    lengths = {str(path): text(path).count("\n") for path in SOURCES}
    assert {path: n for path, n in lengths.items() if n > FILE_LINES} == {}


def test_functions_have_at_most_60_lines():
    counted = {f"{path}:{line} {name}": n for path in SOURCES for line, n, name in functions(path)}
    assert {where: n for where, n in counted.items() if n > FUNCTION_LINES} == {}


def test_the_counter_sees_a_long_function():
    body = "int f(int a) {\n" + "  a += 1;\n" * 70 + "  return a;\n}\n"
    source = f"namespace n {{\nstruct S {{ int x; }};\nint table[] = {{1, 2}};\n{body}}}\n"
    assert [(line, n) for line, n, _ in cxx_functions(source)] == [(4, 73)]


def test_cmake_is_read_in_one_sitting():
    sources = [p for p in files(".txt", ".cmake") if p.name == "CMakeLists.txt" or p.suffix == ".cmake"]
    assert sum(text(p).count("\n") for p in sources) <= CMAKE_LINES
