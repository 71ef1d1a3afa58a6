// SPDX-License-Identifier: Apache-2.0
// Kernelspecs: which kernels there are (Jupyter's kernel.json files) and how each is started.
#pragma once

#include "cloister/base/result.hpp"
#include "cloister/cell/kernel.hpp"
#include "cloister/io/disk.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cloister::kernels {

inline constexpr const char* default_kernelspec = "python3";

struct Kernelspec {
  std::string name;  // lower case
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;
  std::string display_name;
  std::string language;
  cell::InterruptMode interrupt_mode = cell::InterruptMode::signal;
  std::string metadata_json = "{}";              // as it came
  io::Path folder;                               // with its resources; empty for our own
  std::map<std::string, std::string> resources;  // "logo-svg" → file name in `folder`
};

// Where specs are looked for, in this order (reference: jupyter_core's paths). Without a name of
// the environment here: the composition root reads it and hands it over.
struct KernelspecPlaces {
  std::vector<io::Path> jupyter_path;  // entries of JUPYTER_PATH
  io::Path user_data;                  // $JUPYTER_DATA_DIR, else ~/.local/share/jupyter
  std::vector<io::Path> prefixes;      // of environments: <prefix>/share/jupyter
  io::Path ipython;                    // ~/.ipython, old
  bool system = true;                  // /usr/local/share/jupyter, /usr/share/jupyter
};

struct Kernelspecs {
  std::vector<Kernelspec> found;                             // sorted by name; first of a name wins
  std::vector<std::pair<std::string, std::string>> skipped;  // path and why
  const Kernelspec* find(std::string_view name) const;
};
// Our own Python is always there as "python3". A broken spec is skipped, never an error.
Kernelspecs find_kernelspecs(const KernelspecPlaces& places);

// One kernel.json.
base::Result<Kernelspec> read_kernelspec(const io::Path& folder, const std::string& name);

}  // namespace cloister::kernels
