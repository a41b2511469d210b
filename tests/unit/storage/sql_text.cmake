# Looks through our own sources (security.md S-SQL-1): SQL text is never put together from values, and
# no program starts another. Run as: cmake -DROOT=<source folder> -P sql_text.cmake
file(GLOB_RECURSE sources ${ROOT}/engine/*.c ${ROOT}/engine/*.h ${ROOT}/forms/*.c ${ROOT}/forms/*.h
  ${ROOT}/render/*.c ${ROOT}/render/*.h ${ROOT}/storage/*.c ${ROOT}/storage/*.h)
list(LENGTH sources count)
if(count LESS 20)
  message(FATAL_ERROR "only ${count} sources found under ${ROOT}")
endif()

set(verbs "(SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|VALUES|PRAGMA|CREATE TABLE)")
set(bad "")

function(refuse file lines pattern why)
  foreach(line IN LISTS lines)
    if(line MATCHES "${pattern}")
      string(APPEND bad "${file}: ${why}: ${line}\n")
    endif()
  endforeach()
  set(bad "${bad}" PARENT_SCOPE)
endfunction()

foreach(source IN LISTS sources)
  file(STRINGS ${source} lines)
  file(RELATIVE_PATH name ${ROOT} ${source})
  refuse(${name} "${lines}" "\"[^\"]*${verbs} [^\"]*%[a-z]" "a value pasted into SQL")
  refuse(${name} "${lines}" "(sqlite3_exec|sqlite3_mprintf|PQexec) *\\(" "text run as SQL")
  refuse(${name} "${lines}" "(^|[^a-z_])(system|popen|exec[lv]p?e?) *\\(" "another program started")
  if(NOT name STREQUAL "storage/db_sqlite.c")
    refuse(${name} "${lines}" "sqlite3" "SQLite outside its one home")
  endif()
  if(NOT name MATCHES "^storage/(db|db_sqlite|db_driver|migrate)\\.[ch]$")
    refuse(${name} "${lines}" "(db_run_script|struct db_sql[^_i])" "SQL that is not a literal")
  endif()
endforeach()

if(bad)
  message(FATAL_ERROR "${bad}")
endif()
