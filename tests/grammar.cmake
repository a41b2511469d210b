# What editors do with forms/form.rng, found by its name in forms/catalog.xml: takes the examples and
# what `skjema new` makes, and refuses what is misspelt.
#   cmake -DROOT=. -DXMLLINT=xmllint -DSKJEMA=skjema -DFOLDER=scratch -P grammar.cmake
set(ENV{XML_CATALOG_FILES} ${ROOT}/forms/catalog.xml)

function(validate file out)
  execute_process(
    COMMAND ${XMLLINT} --nonet --catalogs --noout --relaxng urn:skjema:form.rng ${file}
    RESULT_VARIABLE result OUTPUT_QUIET ERROR_VARIABLE said)
  set(${out} ${result} PARENT_SCOPE)
  set(said "${said}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${FOLDER})
execute_process(COMMAND ${SKJEMA} new ${FOLDER} RESULT_VARIABLE made OUTPUT_QUIET)
if(NOT made EQUAL 0)
  message(FATAL_ERROR "skjema new ended with ${made}")
endif()

file(GLOB good ${ROOT}/examples/*/form.xml)
list(LENGTH good count)
if(count LESS 3)
  message(FATAL_ERROR "only ${count} examples in ${ROOT}")
endif()
foreach(form ${good} ${FOLDER}/form.xml ${ROOT}/tests/cases/lint/clean.xml
        ${ROOT}/tests/cases/broken_forms/god/form.xml)
  validate(${form} result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${form} is refused: ${said}")
  endif()
endforeach()

# 3: xmllint could read it and the grammar, and it is not valid.
foreach(form ${ROOT}/tests/cases/broken_forms/ukjent-element/form.xml ${ROOT}/tests/cases/lint/words.xml)
  validate(${form} result)
  if(NOT result EQUAL 3)
    message(FATAL_ERROR "${form} is not refused as misspelt (${result}): ${said}")
  endif()
endforeach()
