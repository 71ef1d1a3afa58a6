// SPDX-License-Identifier: Apache-2.0
#include "cloister/contents/errors.hpp"

#include "cloister/io/errors.hpp"
#include "cloister/wire/errors.hpp"

#include <array>
#include <utility>

namespace cloister::contents {

int http_status(const base::Error& error) {
  static constexpr std::array<std::pair<base::Code, int>, 17> statuses{{
      {errors::not_found, 404},
      {errors::outside, 404},
      {errors::no_checkpoint, 404},
      {errors::bad_name, 400},
      {errors::hidden, 400},
      {errors::bad_type, 400},
      {errors::bad_format, 400},
      {errors::bad_request, 400},
      {errors::bad_notebook, 400},
      {errors::not_empty, 400},
      {errors::folder_too_large, 400},
      {errors::not_permitted, 403},
      {errors::exists, 409},
      {errors::conflict, 409},
      {errors::too_large, 413},
      {errors::disk_full, 507},
      {errors::disk, 500},
  }};
  for (const auto& [code, status] : statuses)
    if (error.is(code)) return status;
  return 500;
}

std::string_view http_reason(const base::Error& error) {
  if (error.is(errors::bad_type)) return "bad type";
  return error.is(errors::bad_format) ? "bad format" : "";
}

base::Error as_contents_error(base::Error error) {
  if (error.code.starts_with("contents.")) return error;
  // The texts of io name paths of this process: they say nothing to a person.
  if (error.is(io::errors::no_space)) return {errors::disk_full, "the disk is full"};
  if (error.is(io::errors::not_found)) return {errors::not_found, "no such file or folder"};
  if (error.is(io::errors::exists)) return {errors::exists, "something of that name exists"};
  if (error.is(wire::errors::too_large)) return {errors::too_large, error.message};
  if (error.code.starts_with("wire.")) return {errors::bad_notebook, error.message};
  return {errors::disk,
          "the disk refused a step: " + error.message.substr(error.message.rfind(':') + 1)};
}

}  // namespace cloister::contents
