/* The fonts of PDF documents, as pdf.cmake cut them, inside the program. */
    .macro font name, file
    .global \name, \name\()_end
    .balign 4
\name:
    .incbin "\file"
\name\()_end:
    .endm

    .section .rodata, "a"
    font pdf_font_regular, regular.ttf
    font pdf_font_bold, bold.ttf
    font pdf_font_symbols, symbols.ttf

    .section .note.GNU-stack, "", %progbits
