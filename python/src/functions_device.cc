// _core functions about devices: which there are, what is on them, what ran there.
#include <cstring>

#include "dispatch/core/config.h"
#include "dispatch/core/view.h"
#include "dispatch/graph/device_block.h"
#include "dispatch/plan/calibrate.h"
#include "dispatch/plan/devices.h"
#include "dispatch/plan/executor.h"
#include "dispatch/plan/machine_file.h"
#include "dispatch/plan/profile.h"
#include "dispatch/plan/residency.h"
#include "python/src/device_scope.h"
#include "python/src/numpy_arrays.h"
#include "python/src/parameters.h"

namespace crossarray::python {
namespace {

PyObject* text_object(const std::string& text) {
  return PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
}

PyObject* device_name_function(PyObject*, Fast args, Py_ssize_t nargs) noexcept {
  return guarded([&]() -> PyObject* {
    if (nargs != 2) type_error("device_name takes a name and who asks");
    const char* asker = PyUnicode_Check(args[1]) ? PyUnicode_AsUTF8(args[1]) : nullptr;
    if (!asker) type_error("device_name: who asks is a string");
    return text_object(device_name(device_argument(args[0], current_device(), asker)));
  });
}

PyObject* set_device(PyObject*, PyObject* name) noexcept {
  return guarded([&]() -> PyObject* {
    const std::string before = device_name(current_device());
    set_current_device(device_argument(name, kAuto, "device"));
    return text_object(before);
  });
}

constexpr const char* kBlockName = "crossarray.DeviceBlock";

void drop_block(PyObject* capsule) { static_cast<DeviceBlock*>(PyCapsule_GetPointer(capsule, kBlockName))->release(); }

PyObject* enter_device(PyObject*, PyObject* name) noexcept {
  return guarded([&] {
    const Device device = device_argument(name, kAuto, "device");
    // What the block around recorded is computed before work goes elsewhere, as when it is left.
    if (const Ref<DeviceBlock> around(DeviceBlock::current()); around) evaluate(*around);
    Ref<DeviceBlock> block(new DeviceBlock(device));
    PyObject* capsule = PyCapsule_New(block.get(), kBlockName, drop_block);
    if (!capsule) {
      block->leave();
      throw PythonError{};
    }
    block.detach();
    return capsule;
  });
}

PyObject* leave_device(PyObject*, Fast args, Py_ssize_t nargs) noexcept {
  return guarded([&] {
    void* block = nargs == 2 ? PyCapsule_GetPointer(args[0], kBlockName) : nullptr;
    if (!block) type_error("leave_device takes what enter_device returned, and whether to compute");
    const Ref<DeviceBlock> left(static_cast<DeviceBlock*>(block));
    left->leave();
    if (flag(args[1])) evaluate(*left);
    return Py_NewRef(Py_None);
  });
}

PyObject* to_device_function(PyObject*, Fast args, Py_ssize_t nargs) noexcept {
  return guarded([&]() -> PyObject* {
    if (nargs != 2 || !is_ndarray(args[0])) type_error("to_device takes an array of crossarray and a device");
    const Array& a = array_of(args[0]);
    const Device device = device_argument(args[1], kAuto, "to_device");
    const bool stays = device == a.value().pin() || (device_count() == 1 && device != kAuto);
    return stays || (device == kAuto && device_count() == 1) ? Py_NewRef(args[0]) : wrap(to_device(a, device));
  });
}

PyObject* memory_of(Backend& backend) {
  const MemoryInfo info = backend.memory();
  const size_t limit = backend.host_accessible() || !config().memory_limit ? info.capacity : config().memory_limit;
  return Py_BuildValue("{s:K,s:K,s:K,s:K}", "in_use", static_cast<unsigned long long>(info.in_use), "cached",
                       static_cast<unsigned long long>(info.cached), "peak", static_cast<unsigned long long>(info.peak),
                       "limit", static_cast<unsigned long long>(limit));
}

PyObject* memory(PyObject*, PyObject*) noexcept {
  return guarded([&] {
    PyRef all = checked(PyDict_New());
    for (int d = 0; d < device_count(); ++d) {
      Backend& backend = backend_of(static_cast<Device>(d));
      if (backend.lost()) continue;
      const PyRef info = checked(memory_of(backend));
      if (PyDict_SetItemString(all.get(), backend.name().c_str(), info.get()) < 0) throw PythonError{};
    }
    return all.release();
  });
}

PyObject* backends(PyObject*, PyObject*) noexcept {
  return guarded([&] {
    PyRef list = checked(PyList_New(0));
    for (const BackendSentence& each : backend_sentences()) {
      const PyRef pair = checked(Py_BuildValue("(ss)", each.name.c_str(), each.sentence.c_str()));
      if (PyList_Append(list.get(), pair.get()) < 0) throw PythonError{};
    }
    return list.release();
  });
}

PyObject* copies(PyObject*, PyObject*) noexcept {
  const CopyCounts& c = copy_counts();
  return Py_BuildValue(
      "{s:K,s:K,s:K,s:K,s:K,s:K,s:K,s:K}", "to_device", static_cast<unsigned long long>(c.to_device), "to_device_bytes",
      static_cast<unsigned long long>(c.to_device_bytes), "to_host", static_cast<unsigned long long>(c.to_host),
      "to_host_bytes", static_cast<unsigned long long>(c.to_host_bytes), "across",
      static_cast<unsigned long long>(c.across), "across_bytes", static_cast<unsigned long long>(c.across_bytes),
      "dropped", static_cast<unsigned long long>(c.dropped), "written_back",
      static_cast<unsigned long long>(c.written_back));
}

PyObject* start(PyObject*, PyObject* overlapping) noexcept {
  return guarded([&] {
    start_profile(PyObject_IsTrue(overlapping) == 1);
    return Py_NewRef(Py_None);
  });
}

PyObject* stop(PyObject*, PyObject*) noexcept {
  return guarded([&] {
    PyRef list = checked(PyList_New(0));
    for (const ProfileEvent& e : stop_profile()) {
      const PyRef event = checked(
          Py_BuildValue("(ssdddd)", e.what.c_str(), e.where.c_str(), e.start_us, e.end_us, e.bytes, e.predicted_us));
      if (PyList_Append(list.get(), event.get()) < 0) throw PythonError{};
    }
    return list.release();
  });
}

PyObject* calibration_steps_function(PyObject*, PyObject*) noexcept {
  return guarded([&] {
    any_device();
    PyRef list = checked(PyList_New(0));
    for (const std::string& name : calibration_steps()) {
      const PyRef text = checked(text_object(name));
      if (PyList_Append(list.get(), text.get()) < 0) throw PythonError{};
    }
    return list.release();
  });
}

PyObject* calibrate_step(PyObject*, PyObject* index) noexcept {
  return guarded([&] {
    calibration_step(static_cast<size_t>(integer(index)));
    return Py_NewRef(Py_None);
  });
}

PyObject* set_figure_function(PyObject*, Fast args, Py_ssize_t nargs) noexcept {
  return guarded([&] {
    const char* name = nargs == 2 && PyUnicode_Check(args[0]) ? PyUnicode_AsUTF8(args[0]) : nullptr;
    if (!name) type_error("set_figure takes the name of a figure and its value");
    const double value = PyFloat_AsDouble(args[1]);
    if (PyErr_Occurred()) throw PythonError{};
    set_figure(machine(), name, value);
    return Py_NewRef(Py_None);
  });
}

PyObject* save_machine_function(PyObject*, PyObject*) noexcept {
  return guarded([&] {
    save_machine();
    return text_object(machine_file());
  });
}

PyObject* machine_text(PyObject*, PyObject*) noexcept {
  return guarded([&] { return text_object(to_text(machine())); });
}

PyObject* set_machine(PyObject*, PyObject* text) noexcept {
  return guarded([&] {
    const char* table = PyUnicode_Check(text) ? PyUnicode_AsUTF8(text) : nullptr;
    if (!table) type_error("set_machine takes the text of a machine table");
    set_machine(parse_machine(table));
    return Py_NewRef(Py_None);
  });
}

// ---- host memory for NumPy's own functions on arrays that are pinned to a device (_fallback.py)

const Array& array_argument_of(PyObject* o, const char* function) {
  if (!is_ndarray(o)) type_error(std::string(function) + " takes an array of crossarray");
  return array_of(o);
}

/// The bytes an array's elements span, relative to its first one.
Extent extent_of(const Array& a) { return byte_extent(Layout{a.shape(), a.strides(), 0}, a.item()); }

PyObject* pin(PyObject*, PyObject* o) noexcept {
  return guarded([&]() -> PyObject* {
    const Device device = array_argument_of(o, "pin").value().pin();
    return device == kAuto ? Py_NewRef(Py_None) : text_object(device_name(device));
  });
}

/// The whole storage: other arrays may turn out to be views of it.
PyObject* host_copy(PyObject*, PyObject* o) noexcept {
  return guarded([&] {
    const Array& a = array_argument_of(o, "host_copy");
    const std::byte* bytes = read_host(a) - a.layout().offset;
    const Array memory = Array::empty(Dims{static_cast<int64_t>(a.value().bytes())}, DType::kU8);
    if (memory.size() > 0) std::memcpy(memory.host(), bytes, a.value().bytes());
    Array copied = memory.view_as(a.dtype(), a.layout());
    copied.writeable = a.writeable;
    return to_numpy(copied).release();
  });
}

PyObject* host_view(PyObject*, Fast args, Py_ssize_t nargs) noexcept {
  return guarded([&]() -> PyObject* {
    if (nargs != 3 || !PyArray_Check(args[2])) type_error("host_view takes two arrays and the second one's host copy");
    const Array &a = array_argument_of(args[0], "host_view"), &copied = array_argument_of(args[1], "host_view");
    if (a.storage() != copied.storage()) Py_RETURN_NONE;
    const Array host = share_numpy(reinterpret_cast<PyArrayObject*>(args[2]));
    const int64_t offset = host.layout().offset + a.layout().offset - copied.layout().offset;
    Array view = host.view_as(a.dtype(), Layout{a.shape(), a.strides(), offset});
    view.writeable = a.writeable;
    return to_numpy(view).release();
  });
}

PyObject* put_back(PyObject*, Fast args, Py_ssize_t nargs) noexcept {
  return guarded([&]() -> PyObject* {
    if (nargs != 2 || !PyArray_Check(args[1])) type_error("put_back takes an array and its host copy");
    Array a = array_argument_of(args[0], "put_back");
    auto* host = reinterpret_cast<PyArrayObject*>(args[1]);
    const Extent extent = extent_of(a);
    const auto bytes = static_cast<size_t>(extent.high - extent.low);
    const bool same =
        bytes == 0 || std::memcmp(read_host(a) + extent.low, PyArray_BYTES(host) + extent.low, bytes) == 0;
    if (!same && a.writeable) assign(a, Arg(share_numpy(host)));
    Py_RETURN_NONE;
  });
}

PyObject* view_like(PyObject*, Fast args, Py_ssize_t nargs) noexcept {
  return guarded([&]() -> PyObject* {
    if (nargs != 3 || !PyArray_Check(args[1]) || !PyArray_Check(args[2]))
      type_error("view_like takes an array, its host copy and a view of that");
    const Array& a = array_argument_of(args[0], "view_like");
    auto *host = reinterpret_cast<PyArrayObject*>(args[1]), *view = reinterpret_cast<PyArrayObject*>(args[2]);
    const Array seen = share_numpy(view);
    const int64_t offset = a.layout().offset + (PyArray_BYTES(view) - PyArray_BYTES(host));
    Array out = a.view_as(seen.dtype(), Layout{seen.shape(), seen.strides(), offset});
    out.writeable = a.writeable && PyArray_ISWRITEABLE(view);
    out.scalar_flag = false;
    return wrap(std::move(out));
  });
}

}  // namespace

PyMethodDef kDeviceFunctions[] = {
    {"device_name", entry(&device_name_function), METH_FASTCALL, "Full name of a device; None: the current one."},
    {"set_device", set_device, METH_O, "Gives this thread's work to a device; returns the name of the one before."},
    {"enter_device", enter_device, METH_O, "Gives this thread's work to a device until leave_device."},
    {"leave_device", entry(&leave_device), METH_FASTCALL, "Gives it back and computes what was recorded meanwhile."},
    {"pin", &pin, METH_O, "The device an array is pinned to, or None."},
    {"host_copy", &host_copy, METH_O, "A NumPy array of an array's values and strides, in memory of its own."},
    {"host_view", entry(&host_view), METH_FASTCALL,
     "An array's place in the host copy of another; None: they are not views of the same memory."},
    {"put_back", entry(&put_back), METH_FASTCALL,
     "Gives an array the values of its host copy if somebody changed those."},
    {"view_like", entry(&view_like), METH_FASTCALL, "What a view of an array's host copy is of the array itself."},
    {"to_device", entry(&to_device_function), METH_FASTCALL, "An array on a device, pinned there."},
    {"memory", memory, METH_NOARGS, "Bytes in use, cached, peak and limit per device."},
    {"backends", backends, METH_NOARGS, "Names and sentences of the backends, the absent ones too."},
    {"copies", copies, METH_NOARGS, "Copies between devices so far, and their bytes. For tests."},
    {"start_profile", start, METH_O, "Starts keeping what runs; true: without waiting for each step."},
    {"stop_profile", stop, METH_NOARGS, "What ran: (what, where, start us, end us, bytes, predicted us) each."},
    {"calibration_steps", calibration_steps_function, METH_NOARGS, "What is measured, a name each."},
    {"calibration_step", calibrate_step, METH_O, "Takes the measurement of this number."},
    {"machine", machine_text, METH_NOARGS, "What the router believes this machine costs, as text."},
    {"set_figure", entry(&set_figure_function), METH_FASTCALL, "Changes one figure of the machine table."},
    {"save_machine", save_machine_function, METH_NOARGS, "Stores the machine table; returns its path."},
    {"set_machine", set_machine, METH_O, "Lets the router believe a machine table."},
    {},
};

}  // namespace crossarray::python
