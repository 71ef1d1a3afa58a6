// SPDX-License-Identifier: Apache-2.0
#include "cloister/kernels/kernel_table.hpp"

#include "cloister/kernels/errors.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cloister::kernels {
namespace {

constexpr std::size_t journal_key_bytes = 32;

bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 &&
         std::ranges::all_of(id, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
}

// The form that Jupyter's clients expect (RFC 9562, version 4).
std::string new_uuid(base::Random& random) {
  auto bytes = random.bytes<16>();
  bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};
  bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
  std::string text = base::to_hex(bytes);
  for (std::size_t at : {20, 16, 12, 8}) text.insert(at, "-");
  return text;
}

base::SecretBytes new_journal_key(base::Random& random) {
  base::SecretBytes key(journal_key_bytes);
  random.fill(key.writable());
  return key;
}

// A project is a top folder; what lies in the root itself gets a private folder, and so does what
// belongs to no project that a person sees. The rest of the path counts as far as it is there.
// SECURITY: a cell sees its own project and nothing else of the files
// (tests: test_a_kernel_sees_its_project_only, test_paths_that_would_show_more_than_a_project).
base::Outcome choose_folder(KernelStart& start, const KernelRequest& request,
                            const io::Path& root) {
  std::string path = request.path;
  path.erase(0, path.find_first_not_of('/'));
  std::string walked = fmt::format("/{}/", path);
  if (walked.contains("/../") || walked.contains("/./"))
    return base::fail(errors::bad_kernel, "a kernel's folder lies in its project");
  std::size_t slash = path.find('/');
  bool in_project = slash != std::string::npos || request.path_is_folder;
  if (!in_project || path.empty() || path.starts_with('.')) return {};
  io::Path project = root / path.substr(0, slash);
  std::error_code error;
  if (std::filesystem::is_symlink(project, error) || !std::filesystem::is_directory(project, error))
    return {};
  std::string inner = slash == std::string::npos ? "" : path.substr(slash + 1);
  if (!request.path_is_folder) inner.resize(inner.rfind('/') + 1);
  inner.erase(0, inner.find_first_not_of('/'));
  while (!inner.empty() && !std::filesystem::is_directory(project / inner, error)) {
    std::size_t above = inner.rfind('/');
    inner.resize(above == std::string::npos ? 0 : above);
  }
  start.project = std::move(project);
  start.folder = std::move(inner);
  return {};
}

}  // namespace

io::Task<> KernelTable::look_for_specs() {
  auto work = [this] { return find_kernelspecs(options_.places); };
  specs_ = co_await io::run_blocking(loop_, std::move(work));
}

void KernelTable::attach_existing() {
  auto names = io::list_folder(options_.run_folder);
  if (!names) return;
  for (const std::string& name : *names) {
    if (auto live = LiveKernel::attach(loop_, options_.run_folder / name, events_)) {
      kernels_[(*live)->id()] = *live;
    } else {
      std::error_code error;
      std::filesystem::remove_all(options_.run_folder / name, error);
    }
  }
}

base::Result<KernelStart> KernelTable::plan(const KernelRequest& request) {
  const Kernelspec* spec = specs().find(request.name.empty() ? default_kernelspec : request.name);
  if (spec == nullptr)
    return base::fail(errors::no_such_spec,
                      fmt::format("there is no kernel named '{}'", request.name));
  if (kernels_.size() >= options_.kernels_max)
    return base::fail(errors::too_many, fmt::format("{} kernels run already", kernels_.size()),
                      "shut one down");
  KernelStart start;
  start.id = request.id.empty() ? new_uuid(random_) : request.id;
  if (!is_id(start.id) || kernels_.contains(start.id) || starting_.contains(start.id))
    return base::fail(errors::bad_kernel, "a kernel cannot have this id");
  start.spec = *spec;
  start.session_path = request.path;
  start.python = options_.python;
  CLOISTER_TRY_DO(choose_folder(start, request, options_.root));
  return start;
}

io::Task<base::Result<std::shared_ptr<LiveKernel>>> KernelTable::start(KernelRequest request) {
  base::Result<KernelStart> planned = plan(request);
  if (!planned) co_return std::unexpected(std::move(planned).error());
  KernelStart start = *std::move(planned);
  auto key = new_journal_key(random_);
  CellEvents events = events_(start);
  io::Path folder = options_.run_folder / start.id;
  auto work = [&] {
    auto live = LiveKernel::start(loop_, start, folder, std::move(key), std::move(events));
    std::error_code error;
    if (!live) std::filesystem::remove_all(folder, error);
    return live;
  };
  starting_.insert(start.id);
  auto live = co_await io::run_blocking(loop_, std::move(work));
  starting_.erase(start.id);
  if (live) kernels_[start.id] = *live;
  co_return live;
}

std::shared_ptr<LiveKernel> KernelTable::find(std::string_view id) const {
  auto found = kernels_.find(id);
  return found == kernels_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<LiveKernel>> KernelTable::all() const {
  std::vector<std::shared_ptr<LiveKernel>> list;
  for (const auto& [id, kernel] : kernels_) list.push_back(kernel);
  return list;
}

io::Task<base::Outcome> KernelTable::restart(std::shared_ptr<LiveKernel> kernel) {
  co_return co_await kernel->restart(new_journal_key(random_));
}

io::Task<> KernelTable::shut_down(std::shared_ptr<LiveKernel> kernel) {
  kernels_.erase(kernel->id());
  co_await kernel->shut_down();
  io::Path folder = options_.run_folder / kernel->id();
  auto work = [folder] {
    std::error_code error;
    std::filesystem::remove_all(folder, error);
  };
  co_await io::run_blocking(loop_, std::move(work));
}

io::Task<> KernelTable::stop() {
  io::TaskGroup ending(loop_);
  for (const std::shared_ptr<LiveKernel>& kernel : all()) ending.spawn(shut_down(kernel));
  (void)co_await ending.wait(io::no_deadline);
}

}  // namespace cloister::kernels
