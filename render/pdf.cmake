# The fonts of PDF documents: Open Sans (Apache-2.0) for text, and from DejaVu Sans (Bitstream Vera
# licence) a few signs that it lacks. Only what Norwegian, Sámi and other Latin-written languages
# need is kept, without hinting and layout tables: 25 kB instead of 220 for each. Included by
# CMakeLists.txt here.

find_program(PYFTSUBSET pyftsubset REQUIRED)
set(PDF_FONT_FOLDER /usr/share/fonts/truetype CACHE PATH "has open-sans/ and dejavu/")
set(folder ${CMAKE_CURRENT_BINARY_DIR}/fonts)
file(MAKE_DIRECTORY ${folder})

# Latin, its accents, and the punctuation and signs that go with it
string(CONCAT latin
  "U+0020-007E,U+00A0-024F,U+0259,U+0292,U+02BC,U+02C6-02DD,U+0300-0304,U+0306-030C,U+0323,U+0327,"
  "U+0328,U+1E80-1E85,U+1EF2,U+1EF3,U+2000-200A,U+2012-2015,U+2018-201E,U+2020-2022,U+2026,U+2030,"
  "U+2032,U+2033,U+2039,U+203A,U+2044,U+20AC,U+2116,U+2122,U+2126,U+2212,U+2215,U+2248,U+2260,"
  "U+2264,U+2265,U+FFFD")
# capital sharp s, hyphens, narrow space, ring above, arrows, boxes, ticks and crosses
set(signs "U+030A,U+1E9E,U+2010,U+2011,U+202F,U+2190-2193,U+25A1,U+25CF,U+2610-2612,U+2713,U+2714,U+2717,U+FFFD")

function(pdf_font name file unicodes)
  add_custom_command(
    OUTPUT ${folder}/${name}.ttf
    COMMAND ${PYFTSUBSET} ${PDF_FONT_FOLDER}/${file} --output-file=${folder}/${name}.ttf
            --unicodes=${unicodes} --no-hinting --layout-features= --notdef-outline
            --drop-tables+=DSIG,FFTM,GDEF,GPOS,GSUB,OS/2,gasp,kern,name,post
    DEPENDS ${PDF_FONT_FOLDER}/${file}
    COMMENT "Font ${name}"
    VERBATIM)
endfunction()

pdf_font(regular open-sans/OpenSans-Regular.ttf ${latin})
pdf_font(bold open-sans/OpenSans-Bold.ttf ${latin})
pdf_font(symbols dejavu/DejaVuSans.ttf ${signs})

set_source_files_properties(pdf_fonts.S PROPERTIES
  COMPILE_OPTIONS "-Wa,-I${folder}"
  OBJECT_DEPENDS "${folder}/regular.ttf;${folder}/bold.ttf;${folder}/symbols.ttf")
target_sources(render PRIVATE
  pdf.c pdf_font.c pdf_fonts.S pdf_layout.c pdf_lines.c pdf_metadata.c pdf_receipt.c pdf_tags.c
  pdf_tree.c)
target_link_libraries(render PRIVATE ${HPDF_LIBRARY} PkgConfig::zlib m)
