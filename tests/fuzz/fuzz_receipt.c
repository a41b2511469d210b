/* What a person answered, as it comes to stand in the receipt: lines, each a kind, a question and
 * an answer with '=' between. */
#include "fuzz.h"

#include "render/pdf_receipt.h"

#include <string.h>

static struct outline_node *add(struct arena *arena, struct outline_node ***end,
                                enum outline_kind kind, const char *label, const char *value)
{
    struct outline_node *node = ARENA_NEW(arena, struct outline_node);
    *node = (struct outline_node){.kind = kind, .label = label, .value = value};
    **end = node;
    *end = &node->next;
    return node;
}

static void add_document(struct arena *arena, struct outline_node *upload, const char *name)
{
    upload->documents = ARENA_NEW(arena, struct outline_document);
    upload->document_count = 1;
    upload->documents[0] = (struct outline_document){.name = name,
                                                     .type = "PDF",
                                                     .issuer = name,
                                                     .issuer_number = name,
                                                     .origin = OUTLINE_ORIGIN_UNCONFIRMED,
                                                     .sha256_hex = ""};
}

static struct outline read_outline(struct arena *arena, struct bytes left)
{
    struct outline outline = {.language = "nb"};
    outline.form_title = arena_text_of(arena, fuzz_take(&left, "\n"));
    struct outline_node **end = &outline.first;
    while (left.size) {
        struct bytes line = fuzz_take(&left, "\n");
        unsigned char kind = fuzz_take_byte(&line);
        const char *label = arena_text_of(arena, fuzz_take(&line, "="));
        const char *value = arena_text_of(arena, line);
        struct outline_node *node = add(arena, &end, kind % 4, label, value);
        if (node->kind == OUTLINE_DOCUMENTS)
            add_document(arena, node, value);
        else if (node->kind != OUTLINE_ANSWER)
            end = &node->first_child; /* what follows lies in it */
    }
    return outline;
}

static bool write_receipt(struct arena *arena, const struct outline *outline, struct bytes *out)
{
    static const struct frame_agency agency = {.name = "Fjordvik kommune",
                                               .number = "310245682",
                                               .address = "Rådhusgata 1, 9999 Fjordvik",
                                               .phone = "00 00 00 00",
                                               .email = "post@fjordvik.example"};
    const struct pdf_receipt receipt = {.agency = &agency,
                                        .reference = "FB-2026-004182",
                                        .received_at = FUZZ_NOW,
                                        .person_name = outline->form_title,
                                        .outline = outline};
    struct error err = {0};
    bool written = pdf_receipt_write(arena, &receipt, out, &err);
    fuzz_promise(written || err.code == ERROR_LIMIT, "only length stops a receipt", err.text);
    return written;
}

void fuzz_one(struct bytes input)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct outline outline = read_outline(arena, input);
    struct bytes once, again;
    if (!write_receipt(arena, &outline, &once) || !write_receipt(arena, &outline, &again))
        return;
    fuzz_promise(once.size > 5 && memcmp(once.data, "%PDF-", 5) == 0, "a receipt is a PDF", NULL);
    /* A name on a line of its own, as no text is: the title stands in clear in the metadata. */
    fuzz_promise(!memmem(once.data, once.size, "\n/Subtype /Image", 16), "it holds no picture",
                 NULL);
    fuzz_promise_same(once, again, "the same answers give the same bytes");
}
