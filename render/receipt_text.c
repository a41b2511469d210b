#include "render/receipt_text.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "forms/locale.h"
#include "forms/types.h"
#include "render/document.h"

#include <string.h>

/* Made by the build from receipt_messages.tsv. */
extern const struct texts_table texts_receipt;

enum {
    INDENT = 2,
};

struct writing {
    struct arena *arena;
    const struct pdf_receipt *receipt;
    const char *language;
    struct buf out;
};

static const char *say(const struct writing *writing, const char *id)
{
    return texts_say(writing->arena, &texts_receipt, id, writing->language, NULL, 0).text;
}

#define SAY(writing, id, ...)                                                                      \
    (texts_say((writing)->arena, &texts_receipt, (id), (writing)->language,                        \
               (const struct texts_arg[]){__VA_ARGS__},                                            \
               COUNT(((const struct texts_arg[]){__VA_ARGS__})))                                   \
         .text)

static void write_line(struct writing *writing, int depth, const char *text)
{
    buf_printf(&writing->out, "%*s%s\n", depth * INDENT, "", text);
}

/* "Navn: Kari", "Hvem er du? Kari", or the lines of a longer value below its label. */
static void write_pair(struct writing *writing, int depth, const char *label, const char *value)
{
    const char *colon = text_ends_with(label, "?") || text_ends_with(label, ":") ? "" : ":";
    if (!strchr(value, '\n')) {
        write_line(writing, depth, arena_printf(writing->arena, "%s%s %s", label, colon, value));
        return;
    }
    write_line(writing, depth, arena_printf(writing->arena, "%s%s", label, colon));
    for (const char *at = value; *at;) {
        size_t size = strcspn(at, "\n");
        write_line(writing, depth + 1, arena_printf(writing->arena, "%.*s", (int)size, at));
        at += size + (at[size] != 0);
    }
}

static void write_title(struct writing *writing, const char *id)
{
    buf_add_byte(&writing->out, '\n');
    write_line(writing, 0, say(writing, id));
}

static void write_facts(struct writing *writing)
{
    const struct pdf_receipt *receipt = writing->receipt;
    const char *moment = locale_moment_at(writing->arena, receipt->received_at, writing->language);
    write_line(writing, 0, receipt->outline->form_title);
    write_pair(writing, 0, say(writing, "receipt.reference"), receipt->reference);
    write_pair(writing, 0, say(writing, "receipt.received"),
               SAY(writing, "receipt.received.value", {"tid", moment}));
    if (*receipt->person_name)
        write_pair(writing, 0, say(writing, "receipt.person"), receipt->person_name);
    if (receipt->person_number)
        write_pair(
            writing, 0, say(writing, "receipt.number"),
            types_write(writing->arena, TYPE_FNR, receipt->person_number, writing->language));
}

static void write_item(struct writing *writing, const char *text)
{
    write_line(writing, 0, arena_printf(writing->arena, "• %s", text));
}

static void write_next(struct writing *writing)
{
    const struct pdf_receipt *receipt = writing->receipt;
    write_title(writing, "receipt.next");
    for (size_t i = 0; i < receipt->next_count; i++)
        write_item(writing, receipt->next[i]);
    write_item(writing, say(writing, "receipt.letters"));
    if (receipt->answer_by)
        write_item(writing, SAY(writing, "receipt.answer_by",
                                {"dato", locale_date_at(writing->arena, receipt->answer_by,
                                                        writing->language)}));
    write_item(writing, SAY(writing, "receipt.contact", {"avsender", receipt->agency->name},
                            {"referanse", receipt->reference}));
}

static const char *size_of(struct writing *writing, const struct outline_document *document)
{
    return locale_size(writing->arena, (uint64_t)document->size_bytes, writing->language);
}

static void write_upload(struct writing *writing, int depth, const struct outline_node *node)
{
    struct buf lines;
    buf_init(&lines, writing->arena);
    for (size_t i = 0; i < node->document_count; i++) {
        const struct outline_document *document = &node->documents[i];
        buf_printf(&lines, "%s%s", i ? "\n" : "",
                   SAY(writing, "receipt.document.file", {"navn", document->name},
                       {"type", document->type}, {"storrelse", size_of(writing, document)}));
    }
    if (node->later)
        buf_printf(&lines, "%s%s", lines.size ? "\n" : "",
                   text_is_empty(node->later_by)
                       ? say(writing, "receipt.document.later")
                       : SAY(writing, "receipt.document.later.by", {"dato", node->later_by}));
    if (!lines.size)
        buf_add_text(&lines, say(writing, "receipt.document.none"));
    write_pair(writing, depth, node->label, buf_text(&lines));
}

/* The value and, on a line of its own, where it was fetched. */
static const char *answer(const struct writing *writing, const struct outline_node *node)
{
    if (text_is_empty(node->value))
        return say(writing, "receipt.unanswered");
    return node->origin ? arena_printf(writing->arena, "%s\n%s", node->value, node->origin)
                        : node->value;
}

static void write_nodes(struct writing *writing, int depth, const struct outline_node *node)
{
    for (; node; node = node->next) {
        switch (node->kind) {
        case OUTLINE_SECTION:
        case OUTLINE_GROUP:
            if (!text_is_empty(node->label))
                write_line(writing, depth, node->label);
            write_nodes(writing, depth + !text_is_empty(node->label), node->first_child);
            break;
        case OUTLINE_ANSWER:
            write_pair(writing, depth, node->label, answer(writing, node));
            break;
        case OUTLINE_DOCUMENTS:
            write_upload(writing, depth, node);
            break;
        }
    }
}

static const char *sender_of(struct writing *writing, const struct outline_document *document)
{
    static const char *const ids[] = {
        [OUTLINE_ORIGIN_ISSUER] = "receipt.origin.issuer",
        [OUTLINE_ORIGIN_UNCONFIRMED] = "receipt.origin.unconfirmed",
        [OUTLINE_ORIGIN_UPLOADED] = "receipt.origin.uploaded",
        [OUTLINE_ORIGIN_FAILED] = "receipt.origin.failed",
    };
    const char *origin = say(writing, ids[document->origin]);
    if (document->origin != OUTLINE_ORIGIN_ISSUER || text_is_empty(document->issuer))
        return origin;
    const char *number =
        types_write(writing->arena, TYPE_ORGNR, document->issuer_number, writing->language);
    return arena_printf(
        writing->arena, "%s. %s",
        SAY(writing, "receipt.origin.number", {"navn", document->issuer}, {"nummer", number}),
        origin);
}

/* And who signed it. */
static const char *origin_of(struct writing *writing, const struct outline_document *document)
{
    const char *signature = document_signature(writing->arena, writing->language, document);
    const char *sender = sender_of(writing, document);
    return *signature ? arena_printf(writing->arena, "%s. %s", sender, signature) : sender;
}

static void write_documents(struct writing *writing, const struct outline_node *node, bool *titled)
{
    for (; node; node = node->next) {
        for (size_t i = 0; i < node->document_count; i++) {
            const struct outline_document *document = &node->documents[i];
            if (!*titled)
                write_title(writing, "receipt.documents");
            *titled = true;
            write_pair(writing, 0,
                       arena_printf(writing->arena, "%s (%s)", document->name, document->type),
                       origin_of(writing, document));
        }
        write_documents(writing, node->first_child, titled);
    }
}

char *receipt_text_write(struct arena *arena, const struct pdf_receipt *receipt)
{
    struct writing writing = {arena, receipt, receipt->outline->language, {0}};
    buf_init(&writing.out, arena);
    write_facts(&writing);
    write_next(&writing);
    write_title(&writing, "receipt.answers");
    if (receipt->outline->first)
        write_nodes(&writing, 0, receipt->outline->first);
    else
        write_line(&writing, 0, say(&writing, "receipt.empty"));
    bool titled = false;
    write_documents(&writing, receipt->outline->first, &titled);
    return buf_text(&writing.out);
}
