// SPDX-License-Identifier: Apache-2.0
#include "cloister/kernels/kernelspec.hpp"

#include "cloister/kernels/errors.hpp"
#include "cloister/wire/json.hpp"

#include "cell_places.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cloister::kernels {
namespace {

namespace json = wire::json;

constexpr std::uint64_t spec_bytes_max = 1u << 20;
constexpr std::size_t specs_max = 200;
constexpr std::string_view provisioned =
    "it wants a kernel provisioner, which is a part of Jupyter's own server";

std::unexpected<base::Error> bad(std::string message) {
  return base::fail(errors::bad_kernelspec, std::move(message));
}

Kernelspec own_python() {
  Kernelspec spec;
  spec.name = default_kernelspec;
  spec.argv = {std::string(places::python) + "/bin/python3",
               "-P",
               "-m",
               "cloister._kernel",
               "-f",
               "{connection_file}"};
  spec.display_name = "Python 3 (sealed)";
  spec.language = "python";
  spec.metadata_json = R"({"debugger":true})";
  return spec;
}

std::string lower(std::string name) {
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return name;
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

std::vector<io::Path> search_path(const KernelspecPlaces& places) {
  std::vector<io::Path> path;
  auto add = [&path](const io::Path& folder) {
    if (!folder.empty()) path.push_back(folder / "kernels");
  };
  for (const io::Path& folder : places.jupyter_path) add(folder);
  add(places.user_data);
  for (const io::Path& prefix : places.prefixes) add(prefix / "share/jupyter");
  if (places.system) {
    add("/usr/local/share/jupyter");
    add("/usr/share/jupyter");
  }
  add(places.ipython);
  return path;
}

void find_resources(Kernelspec& spec) {
  auto names = io::list_folder(spec.folder);
  if (!names) return;
  for (const std::string& name : *names) {
    io::Path file(name);
    if (file.stem() == "logo-svg" || file.stem().native().starts_with("logo-"))
      spec.resources.emplace(file.stem().native(), name);
    if (name == "kernel.js" || name == "kernel.css") spec.resources.emplace(name, name);
  }
}

base::Result<std::vector<std::string>> argv_of(const json::object& object) {
  CLOISTER_TRY(const json::array* array, wire::array_field(object, "argv"));
  std::vector<std::string> argv;
  for (const json::value& value : *array) {
    if (!value.is_string()) return bad("argv holds something that is no text");
    argv.emplace_back(value.get_string());
  }
  if (argv.empty()) return bad("argv is empty");
  return argv;
}

base::Outcome read_environment(const json::object& object, Kernelspec& spec) {
  const json::value* environment = object.if_contains("env");
  if (environment == nullptr) return {};
  if (!environment->is_object()) return bad("env is no object");
  for (const auto& member : environment->get_object()) {
    if (!member.value().is_string()) return bad("env holds something that is no text");
    spec.environment.emplace(member.key(), member.value().get_string());
  }
  return {};
}

base::Outcome read_metadata(const json::object& object, Kernelspec& spec) {
  const json::value* metadata = object.if_contains("metadata");
  if (metadata == nullptr || !metadata->is_object()) return {};
  if (const json::value* provisioner = metadata->get_object().if_contains("kernel_provisioner");
      provisioner != nullptr && provisioner->is_object() &&
      wire::text_or(provisioner->get_object(), "provisioner_name", "local-provisioner") !=
          "local-provisioner")
    return bad(std::string(provisioned));
  spec.metadata_json = json::serialize(*metadata);
  return {};
}

}  // namespace

const Kernelspec* Kernelspecs::find(std::string_view name) const {
  auto spec = std::ranges::find(found, name, &Kernelspec::name);
  return spec == found.end() ? nullptr : &*spec;
}

base::Result<Kernelspec> read_kernelspec(const io::Path& folder, const std::string& name) {
  io::SystemDisk disk;
  CLOISTER_TRY(base::Bytes bytes, io::read_file(disk, folder / "kernel.json", spec_bytes_max));
  CLOISTER_TRY(json::object object, wire::parse_json_object(base::as_text(bytes)));
  Kernelspec spec;
  spec.name = lower(name);
  if (!is_name(spec.name)) return bad("its name has characters that no kernel's name has");
  CLOISTER_TRY(spec.argv, argv_of(object));
  spec.display_name = wire::text_or(object, "display_name", name);
  spec.language = wire::text_or(object, "language", "");
  std::string mode = wire::text_or(object, "interrupt_mode", "signal");
  if (mode != "signal" && mode != "message") return bad("it has an unknown interrupt_mode");
  if (mode == "message") spec.interrupt_mode = cell::InterruptMode::message;
  CLOISTER_TRY_DO(read_environment(object, spec));
  CLOISTER_TRY_DO(read_metadata(object, spec));
  spec.folder = folder;
  find_resources(spec);
  return spec;
}

Kernelspecs find_kernelspecs(const KernelspecPlaces& places) {
  Kernelspecs specs;
  specs.found.push_back(own_python());
  for (const io::Path& folder : search_path(places)) {
    auto names = io::list_folder(folder);
    if (!names) continue;
    for (const std::string& name : *names) {
      if (specs.found.size() >= specs_max || !io::exists(folder / name / "kernel.json")) continue;
      if (specs.find(lower(name)) != nullptr) continue;
      auto spec = read_kernelspec(folder / name, name);
      if (spec)
        specs.found.push_back(*std::move(spec));
      else
        specs.skipped.emplace_back((folder / name).native(), spec.error().message);
    }
  }
  std::ranges::sort(specs.found, {}, &Kernelspec::name);
  return specs;
}

}  // namespace cloister::kernels
