/* The grammar inside the program, for lint_words.c. */
    .section .rodata, "a"
    .global lint_grammar, lint_grammar_end
lint_grammar:
    .incbin "form.rng"
lint_grammar_end:

    .section .note.GNU-stack, "", %progbits
