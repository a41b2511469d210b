# texts_table(target file.tsv symbol): compiles a message table (forms/texts.h) into a target as
# `const struct texts_table symbol`. Run as a script (-DTSV= -DSYMBOL= -DOUT=) it writes the C file.

function(texts_table target tsv symbol)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/${tsv})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DTSV=${source} -DSYMBOL=${symbol} -DOUT=${out}
            -P ${PROJECT_SOURCE_DIR}/forms/texts.cmake
    DEPENDS ${source} ${PROJECT_SOURCE_DIR}/forms/texts.cmake
    COMMENT "Message table ${symbol}"
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()

if(NOT CMAKE_SCRIPT_MODE_FILE OR NOT TSV)
  return()
endif()

cmake_policy(SET CMP0007 NEW) # an empty cell is an element of a list

# What CMake's lists and C's strings both give a meaning becomes a C octal escape first.
function(read_lines tsv out)
  file(READ ${tsv} text)
  string(REPLACE "\\" "\\134" text "${text}")
  string(REPLACE "\"" "\\042" text "${text}")
  string(REPLACE ";" "\\073" text "${text}")
  string(REPLACE "[" "\\133" text "${text}")
  string(REPLACE "]" "\\135" text "${text}")
  string(REPLACE "?" "\\077" text "${text}") # no trigraphs
  string(REGEX REPLACE "\n+$" "" text "${text}")
  string(REPLACE "\n" ";" lines "${text}")
  set(${out} "${lines}" PARENT_SCOPE)
endfunction()

read_lines(${TSV} lines)
list(POP_FRONT lines header)
list(SORT lines COMPARE STRING)
string(REPLACE "\t" ";" languages "${header}")
list(POP_FRONT languages)
list(LENGTH languages language_count)

set(ids "")
set(cells "")
set(last "")
foreach(line IN LISTS lines)
  string(REPLACE "\t" ";" row "${line}")
  list(POP_FRONT row id first)
  list(LENGTH row others)
  math(EXPR count "${others} + 1")
  if(NOT count EQUAL language_count)
    message(FATAL_ERROR "${TSV}: ${id} has ${count} texts, not ${language_count} (tabs between them)")
  elseif(first STREQUAL "")
    message(FATAL_ERROR "${TSV}: ${id} has no text in the first language")
  elseif(id STREQUAL last)
    message(FATAL_ERROR "${TSV}: ${id} is there twice")
  endif()
  set(last "${id}")
  string(APPEND ids "    \"${id}\",\n")
  string(APPEND cells "    \"${first}\",\n")
  foreach(cell IN LISTS row)
    string(APPEND cells "    \"${cell}\",\n")
  endforeach()
endforeach()

get_filename_component(name ${TSV} NAME)
list(LENGTH lines id_count)
list(TRANSFORM languages REPLACE "(.+)" "\"\\1\"")
list(JOIN languages ", " languages)
file(WRITE ${OUT} "/* Made from ${name} by texts.cmake. */
#include \"forms/texts.h\"

static const char *const languages[] = {${languages}};
static const char *const ids[] = {
${ids}};
static const char *const cells[] = {
${cells}};

const struct texts_table ${SYMBOL} = {languages, ${language_count}, ids, ${id_count}, cells};
")
