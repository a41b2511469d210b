#include "render/pdf_request.h"

#include "forms/locale.h"
#include "forms/texts.h"
#include "render/pdf_layout.h"

extern const struct texts_table texts_receipt;

#define INK 0x23272F
#define GREY 0x59606C
#define ACCENT 0x0062BA
#define RULE 0xD3D8DF

static const struct pdf_style agency_style = {PDF_BOLD, 12, 16, INK};
static const struct pdf_style kind_style = {PDF_BOLD, 10, 14, ACCENT};
static const struct pdf_style title_style = {PDF_BOLD, 20, 27, INK};
static const struct pdf_style section_style = {PDF_BOLD, 13, 19, INK};
static const struct pdf_style body_style = {PDF_REGULAR, 10.5, 16, INK};
static const struct pdf_style small_style = {PDF_REGULAR, 8.5, 12, GREY};

enum { SECTION_SPACE = 18, ITEM_INDENT = 14, KEEP = 40 };

static const char *say(struct arena *arena, const char *language, const char *id,
                       struct texts_arg arg)
{
    return texts_say(arena, &texts_receipt, id, language, &arg, 1).text;
}

const char *pdf_request_duration(struct arena *arena, int64_t seconds, const char *language)
{
    static const struct {
        int64_t seconds;
        const char *id;
    } units[] = {{86400, "share.days"}, {3600, "share.hours"}, {60, "share.minutes"}};
    size_t unit = 0;
    while (unit + 1 < COUNT(units) && seconds % units[unit].seconds != 0)
        unit++;
    return texts_count(arena, &texts_receipt, units[unit].id, language,
                       seconds / units[unit].seconds, NULL, 0)
        .text;
}

const char *pdf_request_title(struct arena *arena, const struct pdf_request *request)
{
    return say(arena, request->language, "share.title",
               (struct texts_arg){"avsender", request->agency->name});
}

static void section(struct pdf_layout *layout, const char *title)
{
    pdf_layout_space(layout, SECTION_SPACE);
    pdf_layout_heading(layout, 2, section_style, KEEP, title);
    pdf_layout_space(layout, 3);
}

bool pdf_request_write(struct arena *arena, const struct pdf_request *request, struct bytes *out,
                       struct error *err)
{
    const char *language = request->language;
    const struct texts_arg none = {"", ""};
    const char *title = pdf_request_title(arena, request);
    struct pdf *pdf = pdf_new(arena, &(struct pdf_about){.title = title,
                                                         .author = request->agency->name,
                                                         .language = language,
                                                         .created_at = request->asked_at});
    struct pdf_layout *layout =
        pdf_layout_new(arena, pdf, (struct pdf_layout_margins){64, 64, 56, 64});

    pdf_layout_text(layout, agency_style, request->agency->name);
    pdf_layout_text(layout, small_style, locale_date_at(arena, request->asked_at, language));
    pdf_layout_space(layout, 36);
    pdf_layout_text(layout, kind_style, say(arena, language, "share.kind", none));
    pdf_layout_heading(layout, 1, title_style, KEEP, title);
    pdf_layout_space(layout, 10);
    pdf_layout_text(
        layout, body_style,
        say(arena, language, "share.lead", (struct texts_arg){"skjema", request->form_title}));

    section(layout, say(arena, language, "share.purpose", none));
    pdf_layout_text(layout, body_style, request->purpose);

    section(layout, say(arena, language, "share.what", none));
    for (size_t i = 0; i < request->document_count; i++)
        pdf_layout_item(layout, body_style, "–", ITEM_INDENT, request->documents[i]);

    section(layout, say(arena, language, "share.how", none));
    static const char *const steps[] = {"share.how.1", "share.how.2", "share.how.3", "share.how.4"};
    const char *duration = pdf_request_duration(arena, request->duration_s, language);
    for (size_t i = 0; i < COUNT(steps); i++)
        pdf_layout_item(layout, body_style, arena_printf(arena, "%zu.", i + 1), ITEM_INDENT + 4,
                        say(arena, language, steps[i], (struct texts_arg){"tid", duration}));

    pdf_layout_finish(layout, &(struct pdf_layout_around){
                                  .foot_left = request->agency->name,
                                  .page_words = say(arena, language, "receipt.page", none),
                                  .style = small_style,
                                  .rule_color = RULE,
                              });
    return pdf_write(pdf, out, err);
}
