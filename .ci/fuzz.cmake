# cmake -B build-fuzz -C .ci/fuzz.cmake: the targets of tests/fuzz with libFuzzer, ASan and UBSan.
set(CMAKE_C_COMPILER clang CACHE STRING "")
set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "")
set(SANITIZE address,undefined CACHE STRING "")
set(FUZZ ON CACHE BOOL "")
