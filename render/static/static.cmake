# static_files(target): compiles what browsers fetch into a target (render/static.h). Run as a script
# (-DFROM= -DTO=) it writes the files with their digests, static_table.c and static_bytes.S to TO.

set(packages ${CMAKE_CURRENT_LIST_DIR}/node_modules)
set(design ${packages}/@digdir/designsystemet-css/dist)
set(inter ${packages}/@fontsource-variable/inter/files)
set(htmx ${packages}/htmx.org/dist/htmx.min.js)

# The parts of Designsystemet that pages use, in its own order (dist/src/index.css).
set(base_parts base heading label paragraph validation-message)
set(component_parts link data-size-workaround button input field fieldset alert skip-link list tag error-summary)

function(static_files target)
  if(NOT EXISTS ${design}/src/base.css OR NOT EXISTS ${inter}/inter-latin-wght-normal.woff2 OR NOT EXISTS ${htmx})
    message(FATAL_ERROR "Stylesheets, fonts or htmx are missing. Run: npm ci --prefix render/static")
  endif()
  set(from ${CMAKE_CURRENT_SOURCE_DIR}/static)
  set(to ${CMAKE_CURRENT_BINARY_DIR}/static)
  add_custom_command(
    OUTPUT ${to}/static_table.c ${to}/static_bytes.S
    COMMAND ${CMAKE_COMMAND} -DFROM=${from} -DTO=${to} -P ${from}/static.cmake
    DEPENDS ${from}/static.cmake ${from}/app.css ${from}/app.js ${from}/live.js ${from}/upload.js ${from}/icons.svg ${from}/icon.svg ${from}/operation.css ${from}/package-lock.json
    COMMENT "Stylesheet, scripts, fonts and icons"
    VERBATIM)
  target_sources(${target} PRIVATE ${to}/static_table.c ${to}/static_bytes.S)
endfunction()

if(NOT CMAKE_SCRIPT_MODE_FILE OR NOT TO)
  return()
endif()

file(MAKE_DIRECTORY ${TO})
set(table "")
set(bytes "")
set(extern "")
set(number 0)

# One block of bytes with a symbol; the size is written as a number, since C wants a constant.
function(add_bytes symbol file)
  file(SIZE ${file} size)
  string(APPEND bytes "    .global ${symbol}\n    .balign 16\n${symbol}:\n    .incbin \"${file}\"\n")
  string(APPEND extern "extern const unsigned char ${symbol}[];\n")
  set(bytes "${bytes}" PARENT_SCOPE)
  set(extern "${extern}" PARENT_SCOPE)
  set(size ${size} PARENT_SCOPE)
endfunction()

# add_file(name.ext file type [GZIP]): sets path_of_it to the name with the digest.
function(add_file name file type)
  file(SHA256 ${file} digest)
  string(SUBSTRING ${digest} 0 8 digest)
  string(REGEX REPLACE "^(.*)\\.([a-z0-9]+)$" "\\1.${digest}.\\2" hashed ${name})
  add_bytes(static_bytes_${number} ${file})
  set(row "    {\"${name}\", \"/statisk/${hashed}\", \"${type}\",\n     {static_bytes_${number}, ${size}}, ")
  if("${ARGN}" STREQUAL GZIP)
    execute_process(COMMAND gzip -9 -n -c ${file} OUTPUT_FILE ${TO}/${name}.gz COMMAND_ERROR_IS_FATAL ANY)
    add_bytes(static_gzip_${number} ${TO}/${name}.gz)
    string(APPEND row "{static_gzip_${number}, ${size}}},\n")
  else()
    string(APPEND row "{0, 0}},\n")
  endif()
  math(EXPR number "${number} + 1")
  foreach(variable bytes extern number)
    set(${variable} "${${variable}}" PARENT_SCOPE)
  endforeach()
  set(table "${table}${row}" PARENT_SCOPE)
  set(path_of_it ${hashed} PARENT_SCOPE)
endfunction()

# What CMake would read as lists passes through as bytes: cat, not file(READ).
function(join_files out)
  execute_process(COMMAND cat ${ARGN} OUTPUT_FILE ${out} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

add_file(inter-latin.woff2 ${inter}/inter-latin-wght-normal.woff2 font/woff2)
set(latin ${path_of_it})
add_file(inter-latin-ext.woff2 ${inter}/inter-latin-ext-wght-normal.woff2 font/woff2)
set(latin_ext ${path_of_it})
add_file(icons.svg ${FROM}/icons.svg image/svg+xml GZIP)
add_file(icon.svg ${FROM}/icon.svg image/svg+xml)
add_file(app.js ${FROM}/app.js "text/javascript; charset=utf-8" GZIP)
add_file(htmx.js ${htmx} "text/javascript; charset=utf-8" GZIP)
add_file(live.js ${FROM}/live.js "text/javascript; charset=utf-8" GZIP)
add_file(operation.css ${FROM}/operation.css "text/css; charset=utf-8" GZIP)
add_file(upload.js ${FROM}/upload.js "text/javascript; charset=utf-8" GZIP)

file(WRITE ${TO}/order.css "@layer ds.theme, ds.base, ds.components;\n")
file(WRITE ${TO}/base.css "\n@layer ds.base{\n")
file(WRITE ${TO}/components.css "\n}\n@layer ds.components{\n")
file(WRITE ${TO}/end.css "\n}\n")
list(TRANSFORM base_parts REPLACE "(.+)" "${design}/src/\\1.css")
list(TRANSFORM component_parts REPLACE "(.+)" "${design}/src/\\1.css")
execute_process(
  COMMAND sed -e "s/\"inter-latin.woff2\"/\"${latin}\"/" -e "s/\"inter-latin-ext.woff2\"/\"${latin_ext}\"/" ${FROM}/app.css
  OUTPUT_FILE ${TO}/own.css COMMAND_ERROR_IS_FATAL ANY)
join_files(${TO}/app.css ${TO}/order.css ${design}/theme/designsystemet.css ${TO}/base.css ${base_parts}
           ${TO}/components.css ${component_parts} ${TO}/end.css ${TO}/own.css)
add_file(app.css ${TO}/app.css "text/css; charset=utf-8" GZIP)

file(WRITE ${TO}/static_bytes.S "    .section .rodata\n${bytes}    .section .note.GNU-stack,\"\",%progbits\n")
file(WRITE ${TO}/static_table.c "/* Made by static.cmake. */
#include \"render/static_table.h\"

${extern}
const struct static_file static_table[] = {
${table}};
const size_t static_table_count = ${number};
")
