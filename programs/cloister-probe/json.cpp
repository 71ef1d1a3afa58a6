// SPDX-License-Identifier: Apache-2.0
// Boost.JSON compiled in: a static program links no shared library.
#include <boost/json/src.hpp>
