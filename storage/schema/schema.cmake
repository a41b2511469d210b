# schema_files(target file...): compiles the files of schema/ into a target as the array
# migrate_schema (storage/migrate.h), version 1 first. Run as a script (-DFILES= -DTO=) it writes it.
function(schema_files target)
  set(files ${ARGN})
  list(TRANSFORM files PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/schema/)
  set(script ${CMAKE_CURRENT_SOURCE_DIR}/schema/schema.cmake)
  set(to ${CMAKE_CURRENT_BINARY_DIR}/schema.c)
  add_custom_command(
    OUTPUT ${to}
    COMMAND ${CMAKE_COMMAND} "-DFILES=${files}" -DTO=${to} -P ${script}
    DEPENDS ${script} ${files}
    COMMENT "Database schema"
    VERBATIM)
  target_sources(${target} PRIVATE ${to})
endfunction()

if(NOT CMAKE_SCRIPT_MODE_FILE OR NOT TO)
  return()
endif()

set(arrays "")
set(rows "")
set(version 0)
foreach(file IN LISTS FILES)
  math(EXPR version "${version} + 1")
  get_filename_component(name ${file} NAME)
  if(NOT name MATCHES "^0*${version}_[a-z_]+\\.sql$")
    message(FATAL_ERROR "${name} stands where version ${version} should")
  endif()
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
  string(APPEND arrays "static const char script_${version}[] = {${hex}0};\n")
  string(APPEND rows "    {\"${name}\", script_${version}},\n")
endforeach()
file(WRITE ${TO} "/* Written by schema/schema.cmake. */\n#include \"storage/migrate.h\"\n\n${arrays}
const struct migration migrate_schema[] = {\n${rows}};
const size_t migrate_schema_count = ${version};\n")
