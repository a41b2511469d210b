/* own_data.xsd inside the program, for own_data.c. */
    .section .rodata, "a"
    .global own_data_xsd, own_data_xsd_end
own_data_xsd:
    .incbin "own_data.xsd"
own_data_xsd_end:

    .section .note.GNU-stack, "", %progbits
