// SPDX-License-Identifier: Apache-2.0
// What DuckDB encrypts its files with.
#pragma once

#include <duckdb/common/encryption_state.hpp>

namespace cloister::data {

// AES-256-GCM by OpenSSL, and nothing else.
duckdb::shared_ptr<duckdb::EncryptionUtil> cipher();

}  // namespace cloister::data
