# cmake -B build-checked -C .ci/checked.cmake: all of it by the other compiler, which warns of other things,
# under AddressSanitizer and UBSan; the targets of tests/fuzz search with libFuzzer.
set(CMAKE_C_COMPILER clang CACHE STRING "")
set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "")
set(SANITIZE address,undefined CACHE STRING "")
set(FUZZ ON CACHE BOOL "")
