// SPDX-License-Identifier: Apache-2.0
// Names that Jupyter gives, and those that it does not show.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cloister::contents {

// The n-th try: "a.tar.gz" with "-Copy" becomes "a-Copy1.tar.gz"; of notebooks the last dot counts.
std::string numbered_name(std::string_view name, std::string_view insert, std::size_t number);
std::string without_copy_number(std::string_view name);  // "a-Copy3.txt" is "a.txt"
std::string checkpoint_name(std::string_view name);      // "a.ipynb" is "a-checkpoint.ipynb"
bool listed(std::string_view name);  // not __pycache__, *.pyc, *.pyo, .DS_Store, *~

// What Python's mimetypes guesses from a name; none for what it does not know.
std::optional<std::string> mimetype_of(std::string_view name);

}  // namespace cloister::contents
