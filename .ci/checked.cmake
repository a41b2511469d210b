# cmake -B build-checked -C .ci/checked.cmake: all of it by the other compiler, which warns of other things,
# under AddressSanitizer and UBSan; the targets of tests/fuzz search with libFuzzer.
set(CMAKE_C_COMPILER clang CACHE STRING "")
set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "")
set(SANITIZE address,undefined CACHE STRING "")
set(FUZZ ON CACHE BOOL "")
# A sanitized program is large, and there are some three hundred: lines are enough to know of, and lld
# links them in a quarter of the time.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -gline-tables-only" CACHE STRING "")
set(CMAKE_EXE_LINKER_FLAGS -fuse-ld=lld CACHE STRING "")
