# The heavy headers, parsed once: Boost.JSON alone costs 3 s in each file. Modules from wire upwards and their tests share them.
add_library(precompiled OBJECT "${CMAKE_SOURCE_DIR}/cmake/precompiled.cpp")
target_link_libraries(precompiled PRIVATE Boost::json fmt::fmt)
target_precompile_headers(precompiled PRIVATE
  <boost/json.hpp> <fmt/format.h> <algorithm> <chrono> <expected> <filesystem> <functional> <map> <memory> <mutex>
  <optional> <span> <stop_token> <string> <string_view> <variant> <vector>)
if(CLOISTER_SANITIZE AND NOT CLOISTER_FUZZ)
  add_library(precompiled_tests OBJECT "${CMAKE_SOURCE_DIR}/cmake/precompiled.cpp")
  target_link_libraries(precompiled_tests PRIVATE Boost::json fmt::fmt GTest::gmock)
  target_precompile_headers(precompiled_tests PRIVATE
    <gmock/gmock.h> <gtest/gtest.h> <boost/json.hpp> <fmt/format.h> <filesystem> <fstream> <functional> <thread>)
endif()

# cloister_module(NAME USES other_modules… LIBRARIES third_party_targets…)
#   One folder, one static library, one namespace, one include root. USES is the module's whole list of allowed
#   modules: a header of any other is not on its include path, so the build breaks (`./dev lint` says it in words).
#   Every *.cpp beside the CMakeLists.txt belongs to the library, every tests/*_test.cpp to <module>_test.
function(cloister_module name)
  cmake_parse_arguments(arg "" "" "USES;LIBRARIES;PRIVATE_LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/include/*.hpp")
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
  target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS "${CMAKE_CURRENT_SOURCE_DIR}/include"
                                FILES ${headers})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX VERIFY_INTERFACE_HEADER_SETS ON)
  foreach(used IN LISTS arg_USES)
    target_link_libraries(${name} PUBLIC ${used})
  endforeach()
  target_link_libraries(${name} PUBLIC ${arg_LIBRARIES} PRIVATE ${arg_PRIVATE_LIBRARIES})
  # The precompiled headers were made with Boost.JSON's definitions: whoever links it can reuse them.
  set(uses_json FALSE)
  if(name STREQUAL wire OR wire IN_LIST arg_USES)
    set(uses_json TRUE)
    target_precompile_headers(${name} REUSE_FROM precompiled)
  endif()

  file(GLOB tests CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tests/*_test.cpp")
  if(tests AND CLOISTER_SANITIZE AND NOT CLOISTER_FUZZ)  # unit tests run in the dev preset alone
    add_executable(${name}_test ${tests})
    target_include_directories(${name}_test PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
    target_link_libraries(${name}_test PRIVATE ${name} GTest::gmock GTest::gtest_main)
    if(uses_json)
      target_precompile_headers(${name}_test REUSE_FROM precompiled_tests)
      target_compile_options(${name}_test PRIVATE -fPIC)  # as the precompiled headers: -fPIE would not fit them
    endif()
    # Relative to the checkout, where ./dev test runs them: an absolute path would keep ccache from helping other clones.
    file(RELATIVE_PATH binaries "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/bin")
    target_compile_definitions(${name}_test PRIVATE CLOISTER_SOURCE_DIR="." CLOISTER_BINARY_DIR="${binaries}")
    set_target_properties(${name}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
    add_test(NAME ${name} COMMAND ${name}_test)
    set_tests_properties(${name} PROPERTIES LABELS unit)
  endif()
endfunction()

# cloister_program(NAME USES modules… LIBRARIES targets…): programs/<name>/*.cpp becomes bin/<name>.
function(cloister_program name)
  cmake_parse_arguments(arg "" "" "USES;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp")
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${arg_USES} ${arg_LIBRARIES})
  set_target_properties(${name} PROPERTIES BUILD_RPATH "$ORIGIN/../lib" BUILD_WITH_INSTALL_RPATH OFF)
endfunction()

# cloister_fuzzer(NAME USES modules… LIBRARIES targets…): fuzz/<name>.cpp, which defines LLVMFuzzerTestOneInput, becomes
# build/fuzz/fuzz/<name> (libFuzzer), and in dev a program that runs each file of fuzz/corpus/<name> once (./dev test).
function(cloister_fuzzer name)
  cmake_parse_arguments(arg "" "" "USES;LIBRARIES" ${ARGN})
  if(CLOISTER_FUZZ)
    set(target ${name}_fuzzer)
    add_executable(${target} "${CMAKE_CURRENT_SOURCE_DIR}/${name}.cpp")
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  elseif(CLOISTER_SANITIZE)
    set(target ${name}_replay)
    add_executable(${target} "${CMAKE_CURRENT_SOURCE_DIR}/${name}.cpp" "${CMAKE_SOURCE_DIR}/fuzz/replay_main.cpp")
  else()
    return()
  endif()
  target_link_libraries(${target} PRIVATE ${arg_USES} ${arg_LIBRARIES})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz")
endfunction()
