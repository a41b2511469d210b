# Writes sbom.json (CycloneDX 1.5) into the build: the libraries that were found, in the versions they were found in, and
# what the pages bring from npm (security.md B-5). Included once, after the libraries were looked for.
set(components "")
function(sbom_add type name version purl)
  set(entry "{\"type\":\"${type}\",\"name\":\"${name}\",\"version\":\"${version}\",\"purl\":\"${purl}\"}")
  if(components)
    set(entry "${components},\n    ${entry}")
  endif()
  set(components "${entry}" PARENT_SCOPE)
endfunction()

foreach(library libmicrohttpd libxml-2.0 libcurl sqlite3 libcrypto jansson libzip zlib libseccomp)
  string(MAKE_C_IDENTIFIER ${library} name)
  sbom_add(library ${library} "${${name}_VERSION}" "pkg:generic/${library}@${${name}_VERSION}")
endforeach()

# Those two have no pkg-config file: their headers say it.
find_path(HPDF_INCLUDE hpdf_version.h)
file(STRINGS ${HPDF_INCLUDE}/hpdf_version.h line REGEX "define HPDF_(MAJOR|MINOR|BUGFIX)_VERSION")
string(REGEX MATCHALL "[0-9]+" numbers "${line}")
list(JOIN numbers "." version)
sbom_add(library libharu "${version}" "pkg:generic/libharu@${version}")
find_path(UNISTRING_INCLUDE unistring/version.h)
file(STRINGS ${UNISTRING_INCLUDE}/unistring/version.h line REGEX "define _LIBUNISTRING_VERSION 0x")
string(REGEX REPLACE ".*0x([0-9a-fA-F]+).*" "0x\\1" number "${line}")
math(EXPR major "${number} >> 16")
math(EXPR minor "(${number} >> 8) & 255")
sbom_add(library libunistring "${major}.${minor}" "pkg:generic/libunistring@${major}.${minor}")

file(READ ${PROJECT_SOURCE_DIR}/render/static/package-lock.json lock)
string(JSON count LENGTH "${lock}" packages)
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
  string(JSON path MEMBER "${lock}" packages ${i})
  if(path MATCHES "^node_modules/(.+)$")
    set(name ${CMAKE_MATCH_1})
    string(JSON version GET "${lock}" packages ${path} version)
    string(REPLACE "@" "%40" escaped ${name})
    sbom_add(library ${name} ${version} "pkg:npm/${escaped}@${version}")
  endif()
endforeach()

file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/sbom.json @ONLY CONTENT [[{
  "bomFormat": "CycloneDX",
  "specVersion": "1.5",
  "version": 1,
  "metadata": {"component": {"type": "application", "name": "skjema", "version": "@PROJECT_VERSION@"}},
  "components": [
    @components@
  ]
}
]])
