// SPDX-License-Identifier: Apache-2.0
// Records of ledger/log.
#include "cloister/ledger/record.hpp"

#include <cstdlib>

using namespace cloister;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::ByteView bytes(reinterpret_cast<const std::byte*>(data), size);
  ledger::RecordView view;
  if (ledger::parse_record(bytes, view) != nullptr) return 0;
  if (view.size > size || view.size != view.body.size() + ledger::record_overhead_bytes)
    std::abort();
  // What was accepted is what would be written, up to its link.
  base::Bytes again;
  ledger::encode_record({view.leaf_input, {view.body.begin(), view.body.end()}},
                        view.first_of_batch, {}, again);
  base::ByteView unlinked = bytes.first(view.size - sizeof(crypto::Hash));
  if (!std::equal(unlinked.begin(), unlinked.end(), again.begin())) std::abort();
  return 0;
}
