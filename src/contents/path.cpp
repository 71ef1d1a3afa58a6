// SPDX-License-Identifier: Apache-2.0
#include "cloister/contents/path.hpp"

#include "cloister/contents/errors.hpp"
#include "cloister/wire/notebook_json.hpp"

namespace cloister::contents {

base::Result<ApiPath> ApiPath::parse(std::string_view text) {
  if (text.contains('\0') || !wire::is_utf8(text)) return base::fail(errors::outside, "not a path");
  if (text.size() > 4000) return base::fail(errors::bad_name, "a path is too long");
  ApiPath path;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('/'), text.size());
    std::string_view name = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (name.empty()) continue;
    if (name == "." || name == "..") return base::fail(errors::outside, "a path leads elsewhere");
    if (name.size() > 255) return base::fail(errors::bad_name, "a name is too long");
    path = path.child(name);
  }
  return path;
}

bool ApiPath::hidden() const {
  return text_.starts_with('.') || text_.contains("/.");
}

std::string_view ApiPath::name() const {
  std::size_t slash = text_.rfind('/');
  return slash == std::string::npos ? std::string_view(text_)
                                    : std::string_view(text_).substr(slash + 1);
}

ApiPath ApiPath::parent() const {
  ApiPath parent;
  std::size_t slash = text_.rfind('/');
  if (slash != std::string::npos) parent.text_ = text_.substr(0, slash);
  return parent;
}

ApiPath ApiPath::child(std::string_view name) const {
  ApiPath child = *this;
  if (!child.text_.empty()) child.text_ += '/';
  child.text_ += name;
  return child;
}

bool ApiPath::inside(const ApiPath& folder) const {
  if (folder.root()) return !root();
  return text_.size() > folder.text_.size() && text_.starts_with(folder.text_) &&
         text_[folder.text_.size()] == '/';
}

}  // namespace cloister::contents
