// SPDX-License-Identifier: Apache-2.0
// The kernels that run, by id, and how a new one is made.
#pragma once

#include "cloister/base/random.hpp"
#include "cloister/kernels/live_kernel.hpp"

#include <map>
#include <set>

namespace cloister::kernels {

struct KernelTableOptions {
  io::Path run_folder;  // run/kernels of the home
  io::Path root;        // of the files: what a cell sees of it is its project
  io::Path python;      // of the cells
  KernelspecPlaces places;
  std::size_t kernels_max = 64;
};

struct KernelRequest {
  std::string id;    // empty: a fresh one
  std::string name;  // of the kernelspec; empty: the default
  std::string path;  // of the notebook or folder, below the root
  bool path_is_folder = false;
};

// On the loop's thread. stop() before it goes.
class KernelTable {
 public:
  KernelTable(io::EventLoop& loop, base::Random& random, KernelTableOptions options,
              std::function<CellEvents(const KernelStart&)> events)
      : loop_(loop),
        random_(random),
        options_(std::move(options)),
        events_(std::move(events)),
        specs_(find_kernelspecs(options_.places)) {}

  // Those that were found last.
  const Kernelspecs& specs() const { return specs_; }
  io::Task<> look_for_specs();

  // Takes up the kernels that outlived an earlier server, and clears away what others left. Blocks;
  // before the loop runs.
  void attach_existing();

  // kernels.no-such-spec, kernels.too-many, and why a cell could not be made.
  io::Task<base::Result<std::shared_ptr<LiveKernel>>> start(KernelRequest request);
  io::Path folder_of(std::string_view id) const { return options_.run_folder / id; }
  std::shared_ptr<LiveKernel> find(std::string_view id) const;
  std::vector<std::shared_ptr<LiveKernel>> all() const;
  io::Task<base::Outcome> restart(std::shared_ptr<LiveKernel> kernel);
  io::Task<> shut_down(std::shared_ptr<LiveKernel> kernel);
  // Ends all kernels.
  io::Task<> stop();

 private:
  base::Result<KernelStart> plan(const KernelRequest& request);

  io::EventLoop& loop_;
  base::Random& random_;
  KernelTableOptions options_;
  std::function<CellEvents(const KernelStart&)> events_;
  Kernelspecs specs_;
  std::map<std::string, std::shared_ptr<LiveKernel>, std::less<>> kernels_;
  std::set<std::string> starting_;  // ids that are taken already
};

}  // namespace cloister::kernels
