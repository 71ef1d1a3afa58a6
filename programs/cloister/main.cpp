// SPDX-License-Identifier: Apache-2.0
#include "cloister/app/main.hpp"

int main(int argc, char** argv) {
  return cloister::app::run_program(argc, argv);
}
