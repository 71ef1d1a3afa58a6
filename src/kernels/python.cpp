// SPDX-License-Identifier: Apache-2.0
#include "cloister/io/process.hpp"
#include "cloister/kernels/errors.hpp"
#include "cloister/kernels/run.hpp"

#include <unistd.h>

#include <cstdlib>
#include <vector>

namespace cloister::kernels {

base::Result<io::Path> find_python() {
  std::vector<io::Path> places{io::Path(io::program_folder()).parent_path() / "python"};
  if (const char* named = std::getenv("CLOISTER_PYTHON"); named != nullptr && *named == '/')
    places.emplace_back(named);
  for (const io::Path& place : places)
    if (access((place / "bin/python3").c_str(), X_OK) == 0) return place;
  return base::fail(errors::python_missing,
                    "the Python environment of the cells is not at " + places.front().native(),
                    "./dev setup");
}

}  // namespace cloister::kernels
