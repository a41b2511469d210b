#include "forms/summary.h"

#include "engine/base/text.h"
#include "forms/locale.h"
#include "forms/plain_words.h"

#include <stdio.h>
#include <string.h>

enum { WIDEST_HANGING = 18 };

struct summary {
    struct arena *arena; /* gone when it is written */
    const struct form *form;
    const char *language; /* the form's */
    struct buf *out;
    int question; /* numbered through the whole form */
};

/* ---- Lines ---- */

static const char *say(const struct summary *summary, const char *id, const char *name,
                       const char *value)
{
    const struct texts_arg args[] = {{name ? name : "", value}};
    return texts_say(summary->arena, &texts_summary, id, summary->language, args, name ? 1 : 0)
        .text;
}

static const char *number_of(const struct summary *summary, double number)
{
    char text[40];
    snprintf(text, sizeof text, "%.10g", number);
    return locale_number(summary->arena, text, summary->language);
}

static const char *shown(const struct summary *summary, const struct form_text *text)
{
    return text ? form_show(summary->form, summary->arena, text, summary->language).text : "";
}

static void indent_to(const struct summary *summary, int columns)
{
    for (int i = 0; i < columns; i++)
        buf_add_byte(summary->out, ' ');
}

static void blank(const struct summary *summary)
{
    size_t size = summary->out->size;
    if (size > 1 && summary->out->data[size - 2] != '\n')
        buf_add_byte(summary->out, '\n');
}

/* Words folded at the last column; lines after the first begin at `hanging`. */
static void fold(const struct summary *summary, int column, int hanging, const char *text)
{
    bool begins = true;
    while (*(text += strspn(text, " \n"))) {
        size_t size = strcspn(text, " \n");
        char *word =
            arena_text_of(summary->arena, (struct bytes){(const unsigned char *)text, size});
        int length = (int)text_length(word);
        if (!begins && column + 1 + length > SUMMARY_COLUMNS) {
            buf_add_byte(summary->out, '\n');
            indent_to(summary, hanging);
            column = hanging;
        } else if (!begins) {
            buf_add_byte(summary->out, ' ');
            column++;
        }
        buf_add_text(summary->out, word);
        column += length;
        begins = false;
        text += size;
    }
    buf_add_byte(summary->out, '\n');
}

static void line(const struct summary *summary, int column, const char *text)
{
    if (!*text)
        return;
    indent_to(summary, column);
    fold(summary, column, column, text);
}

/* "- text", or another mark. */
static void item(const struct summary *summary, int column, const char *mark, const char *text)
{
    int width = (int)text_length(mark) + 1;
    indent_to(summary, column);
    buf_printf(summary->out, "%s ", mark);
    fold(summary, column + width, column + (width > WIDEST_HANGING ? 4 : width), text);
}

/* "Tid: Ca. 10 minutter". */
static void fact(const struct summary *summary, int column, const char *name, const char *text)
{
    if (*text)
        item(summary, column, arena_printf(summary->arena, "%s:", name), text);
}

static void heading(const struct summary *summary, const char *text, char under)
{
    blank(summary);
    fold(summary, 0, 0, text);
    size_t length = text_length(text);
    for (size_t i = 0; i < length && i < SUMMARY_COLUMNS; i++)
        buf_add_byte(summary->out, (unsigned char)under);
    buf_add_text(summary->out, "\n\n");
}

/* ---- Conditions ---- */

/* In words, else as it is written. */
static const char *words_of(const struct summary *summary, const struct xpath *xpath,
                            const struct form_field *at)
{
    const char *words = plain_words(summary->arena, summary->form, xpath, at, summary->language);
    return words ? words : text_collapse(summary->arena, xpath->source);
}

static void conditional(const struct summary *summary, int column, const char *id,
                        const struct xpath *xpath, const struct form_field *at)
{
    line(summary, column, say(summary, id, "vilkår", words_of(summary, xpath, at)));
}

static void write_relevant(const struct summary *summary, int column, const char *id,
                           const struct form_field *field)
{
    const struct xpath *relevant = field ? field->relevant : NULL;
    if (!relevant || relevant->constant == XPATH_IS_TRUE)
        return;
    if (relevant->constant == XPATH_IS_FALSE)
        line(summary, column, say(summary, "never", NULL, NULL));
    else
        conditional(summary, column, id, relevant, field);
}

/* ---- Durations ---- */

static const char *time_of(const struct summary *summary, struct form_duration duration)
{
    const struct {
        const char *id;
        int64_t amount;
    } parts[] = {{"time.year", duration.months / 12},
                 {"time.month", duration.months % 12},
                 {"time.day", duration.days},
                 {"time.hour", duration.seconds / 3600}};
    struct buf out;
    buf_init(&out, summary->arena);
    for (size_t i = 0; i < COUNT(parts); i++) {
        const char *one = arena_printf(summary->arena, "%s.1", parts[i].id);
        bool is_one =
            parts[i].amount == 1 && texts_find(&texts_summary, one, summary->language).text;
        const char *amount = locale_integer(summary->arena, parts[i].amount, summary->language);
        if (parts[i].amount)
            buf_printf(&out, "%s%s", out.size ? " " : "",
                       say(summary, is_one ? one : parts[i].id, "n", amount));
    }
    return buf_text(&out);
}

/* ---- What is answered with ---- */

static const char *type_id(const struct form_control *control)
{
    static const char *const ids[] = {
        [TYPE_STRING] = "type.string",     [TYPE_INT] = "type.int",
        [TYPE_DECIMAL] = "type.decimal",   [TYPE_BOOLEAN] = "type.boolean",
        [TYPE_DATE] = "type.date",         [TYPE_TIME] = "type.time",
        [TYPE_DATETIME] = "type.datetime", [TYPE_BINARY] = "type.file",
        [TYPE_EMAIL] = "type.email",       [TYPE_URI] = "type.uri",
        [TYPE_FNR] = "type.fnr",           [TYPE_ORGNR] = "type.orgnr",
        [TYPE_KONTO] = "type.konto",       [TYPE_BELOP] = "type.belop",
        [TYPE_TELEFON] = "type.telefon",   [TYPE_POSTNR] = "type.postnr"};
    if (control->kind == FORM_SECRET)
        return "type.secret";
    if (control->kind == FORM_TRIGGER)
        return "type.trigger";
    if (control->kind == FORM_TEXTAREA && control->field->type == TYPE_STRING)
        return "type.textarea";
    const char *id = (size_t)control->field->type < COUNT(ids) ? ids[control->field->type] : NULL;
    return id ? id : "type.string";
}

static const char *limits_of(const struct summary *summary, const struct form_control *control)
{
    const char *min = control->has_min ? number_of(summary, control->min) : NULL;
    const char *max = control->has_max ? number_of(summary, control->max) : NULL;
    const struct texts_arg args[] = {{"min", min}, {"maks", max}};
    bool is_number = types_is_number(control->field->type) || control->kind == FORM_RANGE;
    const char *id = min && max && is_number ? "from.to"
                     : max                   ? (is_number ? "at.most" : "characters")
                     : min                   ? (is_number ? "at.least" : "characters.min")
                                             : NULL;
    return id ? texts_say(summary->arena, &texts_summary, id, summary->language, args, COUNT(args))
                    .text
              : "";
}

static void write_choices(const struct summary *summary, int column,
                          const struct form_control *control)
{
    const struct form_items *items = control->items;
    bool one = control->kind == FORM_SELECT1;
    const char *answer = say(summary, "answer", NULL, NULL);
    if (items->nodeset) {
        fact(summary, column, answer,
             arena_printf(summary->arena, "%s: %s",
                          say(summary, one ? "type.list" : "type.lists", NULL, NULL),
                          items->nodeset->source));
        return;
    }
    fact(summary, column, answer, say(summary, one ? "type.one" : "type.several", NULL, NULL));
    for (size_t i = 0; i < items->count; i++)
        item(summary, column + 2, one ? "( )" : "[ ]", shown(summary, items->items[i].label));
}

static const char *match_of(const struct summary *summary, const struct form_match *match)
{
    struct buf out;
    buf_init(&out, summary->arena);
    if (*match->type)
        buf_printf(&out, ", %s", say(summary, "match.type", "navn", match->type));
    for (size_t i = 0; i < match->issuer_count; i++)
        buf_printf(&out, ", %s", say(summary, "match.issuer", "navn", match->issuers[i]));
    if (*match->subject)
        buf_printf(&out, ", %s", say(summary, "match.subject", "navn", match->subject));
    if (match->has_max_age)
        buf_printf(&out, ", %s",
                   say(summary, "match.max", "tid", time_of(summary, match->max_age)));
    if (match->has_min_age)
        buf_printf(&out, ", %s",
                   say(summary, "match.min", "tid", time_of(summary, match->min_age)));
    return out.size ? buf_text(&out) + 2 : say(summary, "match.any", NULL, NULL);
}

static void write_upload(const struct summary *summary, int column,
                         const struct form_upload *upload)
{
    static const char *const ids[] = {[FORM_SOURCE_POSTBOX] = "source.postbox",
                                      [FORM_SOURCE_DISK] = "source.disk",
                                      [FORM_SOURCE_EARLIER] = "source.earlier",
                                      [FORM_SOURCE_LATER] = "source.later"};
    fact(summary, column, say(summary, "answer", NULL, NULL),
         say(summary, "type.file", NULL, NULL));
    for (size_t i = 0; i < upload->source_count; i++)
        item(summary, column + 2, "-", say(summary, ids[upload->sources[i]], NULL, NULL));
    fact(summary, column, say(summary, "document.why", NULL, NULL),
         shown(summary, upload->purpose));
    for (size_t i = 0; i < upload->match_count; i++)
        fact(summary, column, say(summary, "document.match", NULL, NULL),
             match_of(summary, &upload->matches[i]));
    fact(summary, column, say(summary, "document.types", NULL, NULL), upload->accept);
    if (upload->files > 1)
        line(summary, column,
             say(summary, "document.asked", "n",
                 locale_integer(summary->arena, upload->files, summary->language)));
    if (upload->max_files > 1)
        line(summary, column,
             say(summary, "document.files", "n",
                 locale_integer(summary->arena, upload->max_files, summary->language)));
    if (upload->refuse_active)
        line(summary, column, say(summary, "document.passive", NULL, NULL));
    if (upload->offer_reuse)
        line(summary, column, say(summary, "document.reuse", NULL, NULL));
}

static void write_type(const struct summary *summary, int column,
                       const struct form_control *control)
{
    if (control->items) {
        write_choices(summary, column, control);
    } else if (control->upload) {
        write_upload(summary, column, control->upload);
    } else {
        const char *limits = limits_of(summary, control);
        fact(summary, column, say(summary, "answer", NULL, NULL),
             arena_printf(summary->arena, "%s%s%s", say(summary, type_id(control), NULL, NULL),
                          *limits ? ", " : "", limits));
    }
}

/* ---- Rules ---- */

static void write_required(const struct summary *summary, int column,
                           const struct form_field *field)
{
    const struct xpath *required = field->required;
    if (!required || required->constant == XPATH_IS_FALSE)
        line(summary, column, say(summary, "optional", NULL, NULL));
    else if (required->constant == XPATH_IS_TRUE)
        line(summary, column, say(summary, "required", NULL, NULL));
    else
        conditional(summary, column, "required.when", required, field);
    fact(summary, column, say(summary, "message.required", NULL, NULL),
         shown(summary, field->required_message));
}

/* What setvalue puts there when a draft begins. */
static void write_beginning(const struct summary *summary, int column,
                            const struct form_field *field)
{
    const struct form *form = summary->form;
    for (size_t i = 0; i < form->action_count; i++) {
        const struct form_action *action = &form->actions[i];
        if (action->kind != FORM_SETVALUE || action->target != field ||
            !(action->events & (FORM_ON_FIRST_LOAD | FORM_ON_LOAD)))
            continue;
        fact(summary, column, say(summary, "begins", NULL, NULL),
             action->value ? words_of(summary, action->value, field) : action->text);
    }
}

static void write_rules(const struct summary *summary, int column,
                        const struct form_control *control)
{
    const struct form_field *field = control->field;
    write_beginning(summary, column, field);
    if (field->prefill)
        line(summary, column,
             say(summary, field->prefill->editable ? "fetched.editable" : "fetched", "navn",
                 say(summary,
                     arena_printf(summary->arena, "fetched.%s", field->prefill->fact->source), NULL,
                     NULL)));
    if (field->calculate) {
        fact(summary, column, say(summary, "calculated", NULL, NULL),
             words_of(summary, field->calculate, field));
    } else if (field->readonly && field->readonly->constant == XPATH_IS_TRUE) {
        line(summary, column, say(summary, "readonly", NULL, NULL));
    } else {
        write_required(summary, column, field);
        if (field->readonly && field->readonly->constant == XPATH_VARIES)
            conditional(summary, column, "readonly.when", field->readonly, field);
    }
    if (!field->constraint)
        return;
    conditional(summary, column, "constraint", field->constraint, field);
    const struct form_text *message = control->alert ? control->alert : field->constraint_message;
    fact(summary, column, say(summary, "message", NULL, NULL), shown(summary, message));
}

/* ---- Controls ---- */

static void write_help(const struct summary *summary, int column,
                       const struct form_control *control)
{
    line(summary, column, shown(summary, control->hint));
    fact(summary, column, say(summary, "help", NULL, NULL), shown(summary, control->help));
}

static const char *label_of(const struct summary *summary, const struct form_control *control)
{
    const char *label = shown(summary, control->label);
    return *label || !control->field ? label : control->field->name;
}

static void write_question(struct summary *summary, int column, const struct form_control *control)
{
    blank(summary);
    char mark[24];
    snprintf(mark, sizeof mark, "%d.", ++summary->question);
    item(summary, column, mark, label_of(summary, control));
    column += 4;
    write_help(summary, column, control);
    write_type(summary, column, control);
    write_relevant(summary, column, "when", control->field);
    write_rules(summary, column, control);
}

static void write_output(const struct summary *summary, int column,
                         const struct form_control *control)
{
    const struct form_field *field = control->field;
    const struct xpath *value = control->value;
    blank(summary);
    fact(summary, column, say(summary, "shows", NULL, NULL), label_of(summary, control));
    column += 4;
    write_help(summary, column, control);
    if (field && field->calculate)
        fact(summary, column, say(summary, "calculated", NULL, NULL),
             words_of(summary, field->calculate, field));
    else if (value)
        fact(summary, column, say(summary, "calculated", NULL, NULL),
             words_of(summary, value, NULL));
    write_relevant(summary, column, "when", field);
}

static void write_rows(const struct summary *summary, int column, const struct form_control *repeat)
{
    const char *name = shown(summary, repeat->short_name);
    struct buf out;
    buf_init(&out, summary->arena);
    buf_add_text(&out, *name ? say(summary, "repeat", "navn", name)
                             : say(summary, "repeat.row", NULL, NULL));
    const struct xpath *count = summary->form->links[repeat->field->number].count;
    if (repeat->has_min)
        buf_printf(&out, " %s", say(summary, "repeat.min", "n", number_of(summary, repeat->min)));
    if (repeat->has_max)
        buf_printf(&out, " %s", say(summary, "repeat.max", "n", number_of(summary, repeat->max)));
    if (count)
        buf_printf(&out, " %s",
                   say(summary, "repeat.count", "vilkår",
                       words_of(summary, count, repeat->field->parent)));
    else if (repeat->no_add_remove)
        buf_printf(&out, " %s", say(summary, "repeat.fixed", NULL, NULL));
    line(summary, column, buf_text(&out));
}

static void write_controls(struct summary *summary, int column, const struct form_control *first);

static void write_group(struct summary *summary, int column, const struct form_control *group)
{
    const char *label = shown(summary, group->label);
    if (*label || group->kind == FORM_REPEAT)
        blank(summary);
    if (*label)
        item(summary, column, "##", label);
    int inside = *label ? column + 3 : column;
    write_help(summary, inside, group);
    if (group->kind == FORM_REPEAT)
        write_rows(summary, inside, group);
    write_relevant(summary, inside, "when", group->field);
    write_controls(summary, inside, group->first_child);
}

static void write_control(struct summary *summary, int column, const struct form_control *control)
{
    if (control->kind == FORM_GROUP || control->kind == FORM_REPEAT)
        write_group(summary, column, control);
    else if (control->kind == FORM_OUTPUT)
        write_output(summary, column, control);
    else
        write_question(summary, column, control);
}

static void write_controls(struct summary *summary, int column, const struct form_control *first)
{
    for (const struct form_control *at = first; at; at = at->next)
        write_control(summary, column, at);
}

/* ---- Pages ---- */

static void write_page(struct summary *summary, size_t number)
{
    const struct form *form = summary->form;
    const struct form_page *page = &form->pages[number];
    const struct texts_arg args[] = {
        {"n", locale_integer(summary->arena, (int64_t)number + 1, summary->language)},
        {"antall", locale_integer(summary->arena, (int64_t)form->page_count, summary->language)},
        {"navn", shown(summary, page->title)}};
    heading(summary,
            page->whole ? say(summary, "whole", NULL, NULL)
                        : texts_say(summary->arena, &texts_summary, "page", summary->language, args,
                                    COUNT(args))
                              .text,
            '-');
    const struct form_control *top = page->control;
    for (const struct form_field *field = top->field; field; field = field->parent)
        write_relevant(summary, 0, "page.when", field);
    if (top->kind != FORM_GROUP) {
        write_control(summary, 0, top);
        return;
    }
    write_help(summary, 0, top);
    write_controls(summary, 0, top->first_child);
}

/* ---- Before and after ---- */

static void write_head(const struct summary *summary)
{
    const struct form *form = summary->form;
    const struct form_about *about = &form->about;
    heading(summary, shown(summary, form->title), '=');
    const char *version = form_version(form);
    fact(summary, 0, say(summary, "meta.form", NULL, NULL),
         arena_printf(summary->arena, "%s%s%s", form_id(form), *version ? ", " : "",
                      *version ? say(summary, "meta.version", "n", version) : ""));
    struct buf languages;
    buf_init(&languages, summary->arena);
    for (size_t i = 0; i < form->language_count; i++) {
        const char *id = arena_printf(summary->arena, "lang.%s", form->languages[i]);
        const char *name = texts_find(&texts_summary, id, summary->language).text;
        buf_printf(&languages, "%s%s", i ? ", " : "", name ? name : form->languages[i]);
    }
    fact(summary, 0, say(summary, "meta.languages", NULL, NULL), buf_text(&languages));
    fact(summary, 0, say(summary, "meta.login", NULL, NULL),
         say(summary, "meta.level", "n",
             locale_integer(summary->arena, about->security_level, summary->language)));
    fact(summary, 0, say(summary, "meta.agency", NULL, NULL), shown(summary, about->agency));
    if (!text_is_empty(about->prefix))
        fact(summary, 0, say(summary, "meta.reference", NULL, NULL),
             arena_printf(summary->arena, "%s-2026-000001", about->prefix));
}

static void write_fact(const struct summary *summary, const char *id, const struct form_fact *said)
{
    if (!said->title)
        return;
    const char *name = say(summary, id, NULL, NULL), *title = shown(summary, said->title);
    if (text_starts_with(text_fold(summary->arena, title), text_fold(summary->arena, name)))
        line(summary, 0, title); /* it says what it is about itself */
    else
        fact(summary, 0, name, title);
    line(summary, 4, shown(summary, said->detail));
    if (!text_is_empty(said->href))
        line(summary, 4, arena_printf(summary->arena, "<%s>", said->href));
}

/* A number that stays on its line. */
static const char *unbroken(const struct summary *summary, const char *text)
{
    struct buf out;
    buf_init(&out, summary->arena);
    for (; text && *text; text++)
        if (*text == ' ')
            buf_add_utf8(&out, 0xa0);
        else
            buf_add_byte(&out, (unsigned char)*text);
    return buf_text(&out);
}

static void write_contacts(const struct summary *summary)
{
    const struct form_about *about = &summary->form->about;
    for (size_t i = 0; i < about->contact_count; i++) {
        const struct form_contact *contact = &about->contacts[i];
        const char *parts[] = {shown(summary, contact->name), shown(summary, contact->address),
                               unbroken(summary, contact->phone),
                               contact->email ? contact->email : ""};
        struct buf out;
        buf_init(&out, summary->arena);
        for (size_t p = 0; p < COUNT(parts); p++)
            if (*parts[p])
                buf_printf(&out, "%s%s", out.size ? ", " : "", parts[p]);
        fact(summary, 0, say(summary, "about.contact", NULL, NULL), buf_text(&out));
    }
}

static void write_start(const struct summary *summary)
{
    const struct form_about *about = &summary->form->about;
    const struct {
        const char *id;
        const struct form_fact *fact;
    } facts[] = {{"about.time", &about->time},
                 {"about.who", &about->who},
                 {"about.deadline", &about->deadline},
                 {"about.answer", &about->answer},
                 {"about.law", &about->law},
                 {"about.privacy", &about->privacy},
                 {"about.other-ways", &about->other_ways}};
    heading(summary, say(summary, "start", NULL, NULL), '-');
    line(summary, 0, shown(summary, about->category));
    line(summary, 0, shown(summary, about->lead));
    blank(summary);
    for (size_t i = 0; i < COUNT(facts); i++)
        write_fact(summary, facts[i].id, facts[i].fact);
    for (size_t i = 0; i < about->need_count; i++)
        write_fact(summary, "about.need", &about->needs[i]);
    write_contacts(summary);
}

/* Fields that follow from others and are on no page. */
static void write_behind(const struct summary *summary)
{
    const struct form *form = summary->form;
    bool any = false;
    for (size_t i = 0; i < form->field_count; i++) {
        const struct form_field *field = form->fields[i];
        if (!field->calculate || field->control)
            continue;
        if (!any)
            heading(summary, say(summary, "behind", NULL, NULL), '-');
        any = true;
        fact(summary, 0, field->path, words_of(summary, field->calculate, field));
        write_relevant(summary, 4, "when", field);
    }
}

static void write_sent(const struct summary *summary)
{
    const struct form *form = summary->form;
    heading(summary, say(summary, "sent", NULL, NULL), '-');
    line(summary, 0, say(summary, "sent.all", NULL, NULL));
    struct buf documents;
    buf_init(&documents, summary->arena);
    for (size_t i = 0; i < form->control_count; i++)
        if (form->controls[i]->upload)
            buf_printf(&documents, "%s%s", documents.size ? "; " : "",
                       label_of(summary, form->controls[i]));
    if (documents.size)
        line(summary, 0, say(summary, "sent.documents", "navn", buf_text(&documents)));
    line(summary, 0, say(summary, "kept", "tid", time_of(summary, form->about.retention)));
    line(summary, 0,
         say(summary, "kept.drafts", "tid", time_of(summary, form->about.draft_retention)));
    if (form->about.next_count)
        heading(summary, say(summary, "after", NULL, NULL), '-');
    for (size_t i = 0; i < form->about.next_count; i++) {
        item(summary, 0, "-", shown(summary, form->about.next[i].title));
        line(summary, 2, shown(summary, form->about.next[i].detail));
    }
}

static void write_notice(const struct summary *summary, const char *id,
                         const struct form_notice *notice)
{
    if (!notice->text)
        return;
    fact(summary, 0, say(summary, id, NULL, NULL), shown(summary, notice->text));
    struct buf days;
    buf_init(&days, summary->arena);
    for (size_t i = 0; i < notice->day_count; i++)
        buf_printf(&days, "%s%d", i ? ", " : "", notice->days[i]);
    line(summary, 4, say(summary, "letter.days", "n", buf_text(&days)));
}

/* As the form says; a form that says nothing of it has the usual one. */
static void write_letter(const struct summary *summary)
{
    const struct form_letter *letter = &summary->form->letter;
    if (!letter->line)
        return;
    struct form_duration after = letter->visible_after;
    heading(summary, say(summary, "letter", NULL, NULL), '-');
    if (letter->title)
        fact(summary, 0, say(summary, "letter.title", NULL, NULL), shown(summary, letter->title));
    line(summary, 0,
         say(summary, "letter.level", "n",
             locale_integer(summary->arena, letter->security_level, summary->language)));
    line(summary, 0,
         say(summary, letter->lists_attachments ? "letter.listed" : "letter.included", NULL, NULL));
    if (letter->wants_opening_receipt)
        line(summary, 0, say(summary, "letter.opening", NULL, NULL));
    if (after.months || after.days || after.seconds)
        line(summary, 0, say(summary, "letter.visible", "tid", time_of(summary, after)));
    write_notice(summary, "letter.email", &letter->email);
    write_notice(summary, "letter.sms", &letter->sms);
}

void summary_write(const struct form *form, const char *language, struct buf *out)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct summary summary = {
        .arena = arena, .form = form, .language = form_language(form, language), .out = out};
    write_head(&summary);
    write_start(&summary);
    for (size_t i = 0; i < form->page_count; i++)
        write_page(&summary, i);
    write_behind(&summary);
    write_sent(&summary);
    write_letter(&summary);
}
