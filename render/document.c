#include "render/document.h"

#include "engine/base/text.h"
#include "forms/locale.h"
#include "render/message.h"

static const char *const separator = " · ";

char *document_issuer(struct arena *arena, const struct outline_document *document)
{
    const char *name = document->issuer ? document->issuer : "";
    if (text_is_empty(document->issuer_number))
        return arena_text(arena, name);
    char *number = locale_organisation(arena, document->issuer_number);
    return *name ? arena_printf(arena, "%s (%s)", name, number) : number;
}

static void add_issuer(struct buf *out, const char *language,
                       const struct outline_document *document)
{
    const char *issuer = document_issuer(out->arena, document);
    if (document->origin == OUTLINE_ORIGIN_UPLOADED || !*issuer)
        return;
    if (out->size > 0)
        buf_add_text(out, separator);
    buf_add_text(out, message_with(out->arena, language, "document.from", "avsender", issuer));
}

static void add_time(struct buf *out, const struct frame *frame,
                     const struct outline_document *document)
{
    bool uploaded = document->origin == OUTLINE_ORIGIN_UPLOADED;
    int64_t at = uploaded ? document->attached_at : document->issued_at;
    if (at == 0)
        return;
    const char *when = uploaded ? locale_moment_at(out->arena, at, frame->language)
                                : locale_date_at(out->arena, at, frame->language);
    const char *id = "document.received";
    if (uploaded)
        id = "document.uploaded";
    else if (document->origin == OUTLINE_ORIGIN_UNCONFIRMED)
        id = "document.put.there";
    if (uploaded && frame_is_today(at, frame->now)) {
        id = "document.uploaded.today";
        when = frame_clock(out->arena, at, frame->language);
    }
    if (out->size > 0)
        buf_add_text(out, separator);
    buf_add_text(out, message_with(out->arena, frame->language, id, "tid", when));
}

char *document_signature(struct arena *arena, const char *language,
                         const struct outline_document *document)
{
    struct buf out;
    buf_init(&out, arena);
    if (!text_is_empty(document->signer)) {
        struct texts_arg args[] = {
            {"navn", document->signer},
            {"tid",
             document->signed_at ? locale_date_at(arena, document->signed_at, language) : ""},
        };
        const char *id = document->signed_at ? "document.signed" : "document.signed.by";
        buf_add_text(&out, texts_fill(arena, message(language, id), args, COUNT(args)));
    }
    if (document->valid_until)
        buf_printf(&out, "%s%s", out.size ? separator : "",
                   message_with(arena, language, "document.valid", "tid",
                                locale_date_at(arena, document->valid_until, language)));
    return buf_text(&out);
}

char *document_about(struct arena *arena, const struct frame *frame,
                     const struct outline_document *document)
{
    struct buf out;
    buf_init(&out, arena);
    buf_add_text(&out, document->type ? document->type : "");
    if (document->size_bytes > 0) {
        if (out.size > 0)
            buf_add_text(&out, ", ");
        buf_add_text(&out, locale_size(arena, (uint64_t)document->size_bytes, frame->language));
    }
    add_issuer(&out, frame->language, document);
    add_time(&out, frame, document);
    const char *signature = document_signature(arena, frame->language, document);
    if (*signature)
        buf_printf(&out, "%s%s", out.size ? separator : "", signature);
    return buf_text(&out);
}

void document_write_badge(struct html *html, const char *language, enum outline_origin origin)
{
    static const struct {
        const char *color, *icon, *id;
    } badges[] = {
        [OUTLINE_ORIGIN_ISSUER] = {"success", "shield", "badge.issuer"},
        [OUTLINE_ORIGIN_UNCONFIRMED] = {"warning", "info", "badge.unconfirmed"},
        [OUTLINE_ORIGIN_UPLOADED] = {"neutral", "info", "badge.uploaded"},
        [OUTLINE_ORIGIN_FAILED] = {"danger", "info", "badge.failed"},
        [OUTLINE_ORIGIN_TOLD] = {"info", "mail", "badge.told"},
    };
    frame_tag(html, badges[origin].color, badges[origin].icon,
              message(language, badges[origin].id));
}

void document_write_badges(struct html *html, const char *language,
                           const struct outline_document *document)
{
    static const struct {
        const char *color, *icon, *id;
    } checks[] = {
        [OUTLINE_CHECKING] = {"info", "clock", "upload.state.checking"},
        [OUTLINE_HELD] = {"warning", "clock", "upload.state.held"},
        [OUTLINE_REFUSED] = {"danger", "info", "upload.state.refused"},
    };
    enum outline_check check = document->check;
    if (check != OUTLINE_CHECKED)
        frame_tag(html, checks[check].color, checks[check].icon,
                  message(language, checks[check].id));
    if (check != OUTLINE_REFUSED || document->origin == OUTLINE_ORIGIN_FAILED)
        document_write_badge(html, language, document->origin);
    if (document->active_content)
        frame_tag(html, "warning", "info", message(language, "badge.active"));
}

void document_begin_about(struct html *html, const struct outline_document *document)
{
    html_open(html, "li");
    frame_icon(html, "doc");
    html_open(html, "div");
    html_leaf(html, document->name, "p", "class", "app-docs__title");
    html_open(html, "p", "class", "app-docs__meta");
}

void document_end_about(struct html *html, const struct frame *frame,
                        const struct outline_document *document)
{
    static const char *const refusals[] = {
        [OUTLINE_REFUSED_VIRUS] = "upload.refused.virus",
        [OUTLINE_REFUSED_ACTIVE] = "upload.refused.active",
        [OUTLINE_REFUSED_EXPIRED] = "upload.refused.expired",
        [OUTLINE_REFUSED_CHANGED] = "upload.refused.changed",
    };
    html_close(html);
    html_open(html, "p", "class", "app-docs__badges");
    document_write_badges(html, frame->language, document);
    html_close(html);
    if (document->check == OUTLINE_REFUSED)
        html_leaf(html, message(frame->language, refusals[document->refusal]), "p", "class",
                  "ds-validation-message", "data-field", "validation");
    html_close(html);
}

void document_begin_row(struct html *html, const struct frame *frame,
                        const struct outline_document *document, const char *about)
{
    document_begin_about(html, document);
    html_text(html, about ? about : document_about(html->arena, frame, document));
    document_end_about(html, frame, document);
}
