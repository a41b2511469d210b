# Fails when a file includes against the arrows, or the header of an outside library outside its home:
#   cmake -DROOT=<source folder> -P tests/layers.cmake
# base <- forms <- render; base <- storage; engine (not base/) on top of all. Only engine/ logs. And when
# libharu is given a picture or a font file to read.
cmake_minimum_required(VERSION 3.25)

# A layer is the first folder here that a file lies in; after it what it may include.
set(layers
  "engine/base/|engine/base/"
  "forms/|engine/base/ forms/"
  "render/|engine/base/ forms/ render/"
  "storage/|engine/base/ storage/"
  "engine/http/|engine/base/ engine/http/"
  "engine/login/|engine/base/ engine/http/ engine/login/ forms/ storage/"
  "engine/sandbox/|engine/base/ engine/http/ engine/sandbox/ forms/ render/" # not the clients it tests
  "engine/|engine/ forms/ render/ storage/")

# An outside library's headers, and the only files that may include them.
set(homes
  "^microhttpd\\.h$|^engine/http/server(_[a-z]+)?\\.[ch]$"
  "^curl/|^engine/base/fetch\\.c$"
  "^sqlite3|^storage/db_sqlite\\.c$"
  "^libpq|^storage/db_postgres\\.c$"
  "^hpdf|^render/pdf_tags\\.c$"
  "^openssl/|^(engine/base/((cms(_[a-z]+)?|crypto|jws|seal|x509)\\.c|openssl_scope\\.h)|engine/sandbox/sandbox_(authority|envelope)\\.c)$"
  "^seccomp\\.h$|^engine/confine\\.c$"
  "^linux/landlock\\.h$|^engine/confine_files\\.c$"
  "^uninorm\\.h$|^engine/base/text\\.c$"
  "^zlib\\.h$|^(engine/zip_stream|engine/open/open_zip|engine/verify/[a-z_]+|render/pdf_tags)\\.c$"
  "^zip\\.h$|^(storage/postbox/asice|engine/sandbox/sandbox_package)\\.c$"
  "^engine/base/log\\.h$|^(engine/base/log\\.c$|engine/[^b]|engine/b[^a])")

# Says in <out> why <file> may not include <header>, "" when it may.
function(judge file header quoted out)
  set(${out} "" PARENT_SCOPE)
  foreach(home IN LISTS homes)
    string(FIND "${home}" "|" bar)
    string(SUBSTRING "${home}" 0 ${bar} headers)
    math(EXPR after "${bar} + 1")
    string(SUBSTRING "${home}" ${after} -1 files)
    if(header MATCHES "${headers}" AND NOT file MATCHES "${files}")
      set(${out} "${file}: ${header} has its home elsewhere" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  if(NOT quoted)
    return()
  endif()
  foreach(layer IN LISTS layers)
    string(REPLACE "|" ";" parts "${layer}")
    list(GET parts 0 folder)
    list(GET parts 1 allowed)
    string(FIND "${file}" "${folder}" at)
    if(NOT at EQUAL 0)
      continue()
    endif()
    string(REPLACE " " ";" allowed "${allowed}")
    foreach(start IN LISTS allowed)
      string(FIND "${header}" "${start}" at)
      if(at EQUAL 0)
        return()
      endif()
    endforeach()
    set(${out} "${file}: ${header} is against the arrows (or not written from the root)" PARENT_SCOPE)
    return()
  endforeach()
  set(${out} "${file}: lies in no layer" PARENT_SCOPE)
endfunction()

# The judge is tried before it is believed.
function(expect verdict file header quoted)
  judge(${file} ${header} ${quoted} why)
  if(why AND verdict STREQUAL "good")
    message(FATAL_ERROR "refused what is allowed: ${why}")
  elseif(NOT why AND verdict STREQUAL "bad")
    message(FATAL_ERROR "allowed: ${file} includes ${header}")
  endif()
endfunction()
expect(good forms/bind.c engine/base/arena.h TRUE)
expect(good render/step.c forms/bind.h TRUE)
expect(good engine/pages/fill.c storage/drafts.h TRUE)
expect(good engine/app.c engine/base/log.h TRUE)
expect(good engine/http/server.c microhttpd.h FALSE)
expect(good forms/xpath.c libxml/xpath.h FALSE)
expect(good render/pdf_tags.c hpdf_objects.h FALSE)
expect(bad forms/bind.c render/step.h TRUE)
expect(bad forms/bind.c storage/db.h TRUE)
expect(bad forms/bind.c engine/app.h TRUE)
expect(bad forms/bind.c bind.h TRUE)
expect(bad storage/db.c forms/bind.h TRUE)
expect(bad render/step.c storage/db.h TRUE)
expect(bad engine/base/buf.c engine/http/request.h TRUE)
expect(bad engine/sandbox/sandbox.c storage/postbox/digipost.h TRUE)
expect(bad storage/outbox.c engine/base/log.h TRUE)
expect(bad engine/base/buf.c engine/base/log.h TRUE)
expect(bad engine/http/request.c microhttpd.h FALSE)
expect(bad storage/outbox.c sqlite3.h FALSE)
expect(bad engine/login/csrf.c openssl/hmac.h FALSE)
expect(bad engine/deliver.c curl/curl.h FALSE)
expect(bad engine/app.c seccomp.h FALSE)
expect(bad render/step.c hpdf.h FALSE)
expect(bad render/pdf.c hpdf_doc.h FALSE)
expect(bad render/pdf.c zlib.h FALSE)

set(wrong 0)
set(seen 0)
foreach(folder engine forms render storage)
  file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/${folder}/*.c ${ROOT}/${folder}/*.h)
  foreach(file IN LISTS files)
    if(file MATCHES "/node_modules/")
      continue()
    endif()
    file(STRINGS ${ROOT}/${file} loads REGEX "HPDF_Load|HPDF_DrawImage")
    if(loads)
      message(SEND_ERROR "${file}: libharu reads no picture or font that comes from outside (S-FILE-7)")
      math(EXPR wrong "${wrong} + 1")
    endif()
    file(STRINGS ${ROOT}/${file} lines REGEX "^[ \t]*#[ \t]*include")
    foreach(line IN LISTS lines)
      if(NOT line MATCHES "include[ \t]+([<\"])([^>\"]+)[>\"]")
        continue()
      endif()
      set(header "${CMAKE_MATCH_2}")
      set(quoted FALSE)
      if(CMAKE_MATCH_1 STREQUAL "\"")
        set(quoted TRUE)
      endif()
      math(EXPR seen "${seen} + 1")
      judge(${file} ${header} ${quoted} why)
      if(why)
        message(SEND_ERROR "${why}")
        math(EXPR wrong "${wrong} + 1")
      endif()
    endforeach()
  endforeach()
endforeach()
if(seen EQUAL 0)
  message(FATAL_ERROR "no includes found under ${ROOT}")
endif()
message(STATUS "${seen} includes, ${wrong} against the arrows")
