/* What `skjema new` begins with, inside the program, for cmd_new.c. */
    .section .rodata, "a"
    .global starter_form, starter_form_end, starter_case, starter_case_end
starter_form:
    .incbin "starter/form.xml"
starter_form_end:
starter_case:
    .incbin "starter/eksempel.case"
starter_case_end:

    .section .note.GNU-stack, "", %progbits
