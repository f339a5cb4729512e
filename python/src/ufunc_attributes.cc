// Attributes of ufunc objects, all computed from the row when asked for.
#include <string>
#include <vector>

#include "dispatch/core/promote.h"
#include "python/src/ufunc.h"

namespace crossarray::python {
namespace {

PyObject* text(const std::string& s) {
  return PyUnicode_FromStringAndSize(s.data(), static_cast<Py_ssize_t>(s.size()));
}

/// "dd->d" of one loop of an op.
std::string loop_text(const OpRow& r, const Loop& loop, const Loop* second) {
  std::string out;
  for (int i = 0; i < r.arity; ++i) out += info(loop.in[i]).code;
  out += "->";
  out += info(loop.out).code;
  if (second) out += info(second->out).code;
  return out;
}

/// The loops of the row, in the order in which they are searched.
std::vector<std::string> loop_texts(const UfuncInfo& u) {
  std::vector<std::string> texts;
  const DTypeSet set = u.kind == UfuncKind::kGeneralized ? loops::All : row(u.first).loops;
  for (int i = 0; i < kDTypeCount; ++i) {
    const DType t = static_cast<DType>(i);
    if (!contains(set, t)) continue;
    if (u.kind == UfuncKind::kGeneralized) {
      texts.push_back(std::string(2, info(t).code) + "->" + info(t).code);
      continue;
    }
    const OpRow& r = row(u.first);
    PromoteArg args[3] = {{t}, {t}, {t}};
    if (r.inputs == Inputs::IntSecond) {  // exponents are C ints and longs
      for (const char* exponent : {"i", "l"})
        texts.push_back(info(t).code + std::string(exponent) + "->" + info(t).code);
      continue;
    }
    std::span<const PromoteArg> operands(args, r.arity);
    const Loop loop = resolve_loop(u.first, operands);
    if (u.kind == UfuncKind::kSingle) {
      texts.push_back(loop_text(r, loop, nullptr));
    } else {
      const Loop second = resolve_loop(u.second, operands);
      texts.push_back(loop_text(r, loop, &second));
    }
  }
  return texts;
}

PyObject* get_nin(PyObject* self, void*) { return PyLong_FromLong(info_of(self).nin); }
PyObject* get_nout(PyObject* self, void*) { return PyLong_FromLong(info_of(self).nout); }
PyObject* get_nargs(PyObject* self, void*) { return PyLong_FromLong(info_of(self).nin + info_of(self).nout); }
PyObject* get_name(PyObject* self, void*) { return PyUnicode_FromString(info_of(self).name); }

PyObject* get_ntypes(PyObject* self, void*) {
  return guarded([&] { return PyLong_FromSize_t(loop_texts(info_of(self)).size()); });
}

PyObject* get_types(PyObject* self, void*) {
  return guarded([&] {
    PyRef list = checked(PyList_New(0));
    for (const std::string& each : loop_texts(info_of(self))) {
      PyRef item = checked(text(each));
      if (PyList_Append(list.get(), item.get()) < 0) throw PythonError{};
    }
    return list.release();
  });
}

PyObject* get_signature(PyObject* self, void*) {
  if (!info_of(self).signature) Py_RETURN_NONE;
  return PyUnicode_FromString(info_of(self).signature);
}

PyObject* get_identity(PyObject* self, void*) {
  const UfuncInfo& u = info_of(self);
  const std::string identity = u.kind == UfuncKind::kSingle ? row(u.first).identity : "";
  if (identity.empty()) Py_RETURN_NONE;
  if (identity == "True") Py_RETURN_TRUE;
  if (identity == "False") Py_RETURN_FALSE;
  if (identity == "-inf") return PyFloat_FromDouble(-__builtin_inf());
  return PyLong_FromLong(std::stol(identity));
}

std::string parameters_text(const UfuncInfo& u) {
  if (u.nin == 1) return "x";
  std::string out;
  for (int i = 1; i <= u.nin; ++i) out += (i > 1 ? ", x" : "x") + std::to_string(i);
  return out;
}

std::string parameters_after_inputs(const UfuncInfo& u) {
  const std::string out = u.nout == 1 ? "None" : "(None, None)";
  return ", /, out=" + out + (u.signature ? ", *, axes=None, axis=None, keepdims=False" : ", *, where=True") +
         ", casting='same_kind', order='K', dtype=None, subok=True, signature=None";
}

std::string accuracy_text(const UfuncInfo& u) {
  if (u.kind == UfuncKind::kGeneralized)
    return "Accuracy: rounding of one dot product per element; integers wrap as NumPy's.\n";
  const float ulp = row(u.first).ulp_cpu;
  if (ulp == 0) return "Accuracy: the same bits as NumPy.\n";
  std::string bound = std::to_string(ulp);
  bound.erase(bound.find_last_not_of('0') + 1);
  if (bound.back() == '.') bound.pop_back();
  return "Accuracy: within " + bound + " ULP of the exact result, measured over every loop.\n";
}

/// An example and what it prints.
std::string run_example(const std::string& call) {
  const PyRef package = checked(PyImport_ImportModule("crossarray"));
  const PyRef names = checked(Py_BuildValue("{s:O}", "xp", package.get()));
  const PyRef value = checked(PyRun_String(call.c_str(), Py_eval_input, names.get(), names.get()));
  const PyRef shown = checked(PyObject_Repr(value.get()));
  return ">>> " + call + "\n" + PyUnicode_AsUTF8(shown.get());
}

std::string example_call(const UfuncInfo& u) {
  const std::string call = std::string("xp.") + u.name;
  if (u.kind == UfuncKind::kGeneralized) {
    const std::string v = "xp.ones(2)", m = "xp.eye(2)", name = u.name;
    return call + "(" + (name == "vecdot" || name == "vecmat" ? v : m) + ", " +
           (name == "vecdot" || name == "matvec" ? v : m) + ")";
  }
  const OpRow& r = row(u.first);
  const bool integers = (r.loops & loops::Inexact) == 0;
  const std::string one = integers ? "[12, 6]" : r.domain == "above1" ? "[1.5, 4.0]" : "[0.5, 0.25]";
  if (u.nin == 1) return call + "(" + one + ")";
  return call + "(" + one + ", " + (integers || r.inputs == Inputs::IntSecond ? "[2, 3]" : "[2.0, 3.0]") + ")";
}

PyObject* get_doc(PyObject* self, void*) {
  return guarded([&] {
    const UfuncInfo& u = info_of(self);
    const std::string x = parameters_text(u);
    std::string doc = std::string(u.name) + "(" + x + parameters_after_inputs(u) + ")\n\n" + u.doc + "\n\n";
    doc += x + (u.nin == 1 ? ": array of any shape." : ": arrays, broadcast against each other.");
    if (u.signature) doc += " Core shapes " + std::string(u.signature) + ".";
    doc += u.nout == 1 ? "  Returns: one array" : "  Returns: two arrays";
    doc += ", dtype as numpy." + std::string(u.name) + "'s.\nLoops:";
    for (const std::string& each : loop_texts(u)) doc += " " + each;
    doc += ".\n" + accuracy_text(u);
    doc += "Raises TypeError when no loop takes the inputs";
    doc += u.nin > 1 || u.signature ? ", ValueError when the shapes do not fit.\n" : ".\n";
    doc += "Same as numpy." + std::string(u.name) + ", without floating-point warnings.\n" +
           run_example(example_call(u)) + "\n";
    return text(doc);
  });
}

}  // namespace

PyGetSetDef ufunc_attributes[] = {
    {"nin", get_nin, nullptr, "Number of inputs.", nullptr},
    {"nout", get_nout, nullptr, "Number of outputs.", nullptr},
    {"nargs", get_nargs, nullptr, "Number of arguments: inputs and outputs.", nullptr},
    {"ntypes", get_ntypes, nullptr, "Number of loops.", nullptr},
    {"types", get_types, nullptr, "The loops as 'inputs->outputs' in dtype letters; 'E' is bfloat16.", nullptr},
    {"identity", get_identity, nullptr, "What reduce of an empty axis gives, or None.", nullptr},
    {"signature", get_signature, nullptr, "Core dimensions of a generalized ufunc, or None.", nullptr},
    {"__name__", get_name, nullptr, nullptr, nullptr},
    {"__qualname__", get_name, nullptr, nullptr, nullptr},
    {"__doc__", get_doc, nullptr, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyObject* ufunc_repr(PyObject* self) { return PyUnicode_FromFormat("<ufunc '%s'>", info_of(self).name); }

}  // namespace crossarray::python
