/* openapi.json inside the program, for openapi.c. */
    .section .rodata, "a"
    .global openapi_document, openapi_document_end
openapi_document:
    .incbin "reuse/openapi.json"
openapi_document_end:

    .section .note.GNU-stack, "", %progbits
