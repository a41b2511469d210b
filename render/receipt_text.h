/* receipt_text.h - a receipt as plain text: the words of pdf_receipt.h from the same outline, for
 * those who compare them (skjema test). */
#pragma once

#include "render/pdf_receipt.h"

/* Lines with '\n' between and at the end; groups are indented. What only the letter has (agency and
 * address at the top, page numbers) is not in it. */
char *receipt_text_write(struct arena *arena, const struct pdf_receipt *receipt);
