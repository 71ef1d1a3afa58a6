// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloister/base/result.hpp"

namespace cloister::kernels::errors {

using base::Code;
using base::Kind;

// The Python environment of the cells is not where it should be.
inline constexpr Code python_missing{"kernels.python-missing", Kind::missing};
// A file that cannot run headless: a notebook (not built yet), another suffix, a name that is none.
inline constexpr Code not_a_script{"kernels.not-a-script", Kind::usage};
inline constexpr Code too_large{"kernels.too-large", Kind::usage};  // source or arguments
// What a cell sent to its door, refused there.
inline constexpr Code too_much_output{"kernels.too-much-output", Kind::failed};
inline constexpr Code bad_output{"kernels.bad-output", Kind::failed};  // not what its type says
// The machine could not start the cell at all.
inline constexpr Code cell_failed{"kernels.cell-failed", Kind::failed};
inline constexpr Code bad_kernelspec{"kernels.bad-kernelspec", Kind::failed};
inline constexpr Code bad_kernel{"kernels.bad-kernel", Kind::usage};     // cannot be started so
inline constexpr Code kernel_gone{"kernels.kernel-gone", Kind::failed};  // with its supervisor
inline constexpr Code no_such_spec{"kernels.no-such-spec", Kind::usage};
inline constexpr Code no_such_kernel{"kernels.no-such-kernel", Kind::missing};
inline constexpr Code too_many{"kernels.too-many", Kind::failed};
inline constexpr Code not_sealed{"kernels.not-sealed", Kind::denied};
inline constexpr Code cancelled{"kernels.cancelled", Kind::cancelled};

}  // namespace cloister::kernels::errors
