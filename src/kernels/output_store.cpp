// SPDX-License-Identifier: Apache-2.0
#include "output_store.hpp"

#include "cloister/base/limits.hpp"
#include "cloister/kernels/errors.hpp"

#include "text.hpp"

#include <string_view>
#include <utility>

namespace cloister::kernels {
namespace {

// As in notebooks: what is text by its nature stays text.
bool is_text(std::string_view mime) {
  return mime.starts_with("text/") || mime == "application/json" || mime.ends_with("+json") ||
         mime.ends_with("+xml") || mime == "application/xml";
}

}  // namespace

base::Outcome OutputStore::add(const std::string& mime, base::ByteView data) {
  Output output{.mime = mime, .data = {}};
  if (is_text(mime)) {
    if (!is_valid_utf8(base::as_text(data)))
      return base::fail(errors::bad_output, "an output of type " + mime + " is not UTF-8");
    output.data = base::as_text(data);
  } else {
    output.data = base::to_base64(data);
  }
  std::lock_guard lock(mutex_);
  if (outputs_.size() >= base::limits::run_outputs_max ||
      bytes_ + output.data.size() > base::limits::run_output_bytes_max)
    return base::fail(errors::too_much_output, "the run has shown more than is kept of one run",
                      "show fewer or smaller tables and figures");
  bytes_ += output.data.size();
  outputs_.push_back(std::move(output));
  return {};
}

std::vector<Output> OutputStore::take() {
  std::lock_guard lock(mutex_);
  bytes_ = 0;
  return std::exchange(outputs_, {});
}

}  // namespace cloister::kernels
