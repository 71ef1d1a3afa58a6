// SPDX-License-Identifier: Apache-2.0
// Expected errors are values: Result<T> carries a T or an Error with a stable code.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace cloister::base {

// What an error means to the caller. The command line turns each kind into one exit code
// (interfaces.md §2), the HTTP layer into one status.
enum class Kind {
  failed = 1,     // the operation could not be done
  usage = 2,      // the request itself makes no sense
  denied = 3,     // policy refused
  integrity = 4,  // tampering or damage was found
  missing = 5,    // something that is needed is not there
  locked = 6,     // wrong passphrase, or the vault is locked
  cancelled = 130,
};

// A stable name of one error, declared once per module in its errors.hpp:
// "vault.dataset-not-found". Scripts rely on the names; they never change their meaning.
struct Code {
  std::string_view name;
  Kind kind;
};

// One error: what happened in plain words, and the next step where there is one. Neither ever holds
// a value of a dataset or a secret.
struct Error {
  std::string code;
  Kind kind = Kind::failed;
  std::string message;
  std::string hint;

  Error(Code code, std::string message, std::string hint = {})
      : code(code.name), kind(code.kind), message(std::move(message)), hint(std::move(hint)) {}
  Error(std::string code, Kind kind, std::string message, std::string hint = {})
      : code(std::move(code)), kind(kind), message(std::move(message)), hint(std::move(hint)) {}

  bool is(Code other) const { return code == other.name; }
};

template <typename T>
using Result = std::expected<T, Error>;
using Outcome = Result<void>;

// Shortest way to return an error: `return fail(errors::busy, "…", "…");`
inline std::unexpected<Error> fail(Code code, std::string message, std::string hint = {}) {
  return std::unexpected<Error>(Error(code, std::move(message), std::move(hint)));
}

// An error of the operating system: "io.system: cannot open …: No space left on device".
std::unexpected<Error> fail_errno(Code code, std::string_view doing, int error_number);

// The stable name of a kind in JSON ("failed", "usage", …), and back; unknown names are `failed`.
std::string_view kind_name(Kind kind);
Kind kind_from_name(std::string_view name);

}  // namespace cloister::base

#define CLOISTER_CONCAT_INNER(a, b) a##b
#define CLOISTER_CONCAT(a, b) CLOISTER_CONCAT_INNER(a, b)

#define CLOISTER_TRY_INTO(result, declaration, expression, leave) \
  auto result = (expression);                                     \
  if (!result) leave std::unexpected(std::move(result).error());  \
  declaration = *std::move(result)

// CLOISTER_TRY(auto bytes, read(path));   declares `bytes` or returns the error.
#define CLOISTER_TRY(declaration, expression) \
  CLOISTER_TRY_INTO(CLOISTER_CONCAT(result_of_line_, __LINE__), declaration, (expression), return)
#define CLOISTER_CO_TRY(declaration, expression)                                           \
  CLOISTER_TRY_INTO(CLOISTER_CONCAT(result_of_line_, __LINE__), declaration, (expression), \
                    co_return)

// CLOISTER_TRY_DO(sync(file));   for an Outcome: goes on, or returns the error.
#define CLOISTER_TRY_DO(expression)                                   \
  if (auto CLOISTER_CONCAT(result_of_line_, __LINE__) = (expression); \
      !CLOISTER_CONCAT(result_of_line_, __LINE__))                    \
  return std::unexpected(std::move(CLOISTER_CONCAT(result_of_line_, __LINE__)).error())
#define CLOISTER_CO_TRY_DO(expression)                                \
  if (auto CLOISTER_CONCAT(result_of_line_, __LINE__) = (expression); \
      !CLOISTER_CONCAT(result_of_line_, __LINE__))                    \
  co_return std::unexpected(std::move(CLOISTER_CONCAT(result_of_line_, __LINE__)).error())
