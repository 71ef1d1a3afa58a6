// SPDX-License-Identifier: Apache-2.0
#include "contents_impl.hpp"

namespace cloister::contents {

base::Result<std::unique_ptr<Contents>> Contents::open(io::Disk& disk, base::Clock& clock,
                                                       base::Random& random, Notary& notary,
                                                       Options options) {
  CLOISTER_TRY(Tree tree, Tree::open(options.root));
  auto impl =
      std::make_unique<Impl>(disk, clock, random, notary, std::move(options), std::move(tree));
  return std::unique_ptr<Contents>(new Contents(std::move(impl)));
}

Contents::Contents(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Contents::~Contents() = default;

}  // namespace cloister::contents
