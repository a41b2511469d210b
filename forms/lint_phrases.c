/* What texts say: words that mark or lead badly, links, messages, and the title that others may see
 * in an SMS. The words are those of the form author's checklist, in the four site languages. */
#include "forms/lint_inside.h"

#include "engine/base/text.h"

#include <string.h>

enum {
    LONGEST_LINK = 70,   /* DPI, lenke utenfor brev: beskrivelse */
    LONGEST_BUTTON = 30, /* and knappTekst */
    FEWEST_MESSAGE_WORDS = 2,
};

/* ---- Words anywhere ---- */

static const struct lint_wording required_words[] = {
    {"nb", "obligatorisk-|påkrevd-|må fylles ut"},
    {"nn", "obligatorisk-|påkravd-|påkrevd-|må fyllast ut"},
    {"en", "mandatory|(required)|required field|required question|must be filled in"},
    {"se", "bákkolaš-|geatnegahtton"},
};

static const struct lint_wording click_words[] = {
    {"nb", "klikk her|trykk her|les mer her|se her"},
    {"nn", "klikk her|trykk her|les meir her|sjå her"},
    {"en", "click here|press here|tap here|read more here|see here"},
    {"se", "coahkkal dása|deaddil dása|loga eambbo dás"},
};

static const struct {
    const char *rule;
    const struct lint_wording *wordings;
    size_t count;
    const char *said;
} phrases[] = {
    {"words.required", required_words, COUNT(required_words),
     "leave it out: the page itself says which questions must be answered"},
    {"words.click", click_words, COUNT(click_words),
     "say where the link leads, e.g. \"satsene for 2026\""},
};

/* As written: the letters of the text at that part of its folded copy, which has as many. */
static const char *as_written(struct arena *arena, const char *text, const char *folded, size_t at,
                              size_t size)
{
    const char *start = text, *f = folded;
    while (f < folded + at) {
        (void)text_next(&f);
        (void)text_next(&start);
    }
    const char *end = start;
    while (f < folded + at + size) {
        (void)text_next(&f);
        (void)text_next(&end);
    }
    return arena_text_of(arena,
                         (struct bytes){(const unsigned char *)start, (size_t)(end - start)});
}

static void check_phrases(struct linting *linting, const xmlNode *element, const char *text,
                          const char *language)
{
    const char *folded = text_fold(linting->arena, text);
    for (size_t i = 0; i < COUNT(phrases); i++) {
        const char *words = lint_wording_of(phrases[i].wordings, phrases[i].count, language);
        size_t at, size;
        if (!words || !lint_has_word(folded, words, &at, &size))
            continue;
        const char *written = as_written(linting->arena, text, folded, at, size);
        lint_add(linting, phrases[i].rule, source_words(linting->source, element, written),
                 "\"%s\": %s", written, phrases[i].said);
    }
}

/* Stars come in pairs round what is stressed, or begin the items of a list. */
static bool has_lone_asterisk(const char *text)
{
    size_t stars = 0, items = 0;
    for (const char *c = text; (c = strchr(c, '*')) != NULL; c++) {
        const char *line = c;
        while (line > text && (line[-1] == ' ' || line[-1] == '\t'))
            line--;
        if (c[1] == ' ' && line > text && line[-1] == '\n')
            items++;
        else
            stars++;
    }
    return stars % 2 == 1 || items == 1;
}

static void check_stars(struct linting *linting, const xmlNode *element, const char *text)
{
    if (has_lone_asterisk(text))
        lint_add(linting, "words.asterisk", source_words(linting->source, element, "*"),
                 "leave out the asterisk: it means nothing when it is read out");
}

/* [text](address), as texts write links: the part between the brackets. */
static const char *next_link(struct arena *arena, const char **at)
{
    const char *middle = strstr(*at, "](");
    if (!middle)
        return NULL;
    const char *start = middle;
    while (start > *at && start[-1] != '[')
        start--;
    const char *words = arena_text_of(
        arena, (struct bytes){(const unsigned char *)start, (size_t)(middle - start)});
    *at = middle + strcspn(middle, ")");
    return words;
}

static void check_link_texts(struct linting *linting, const xmlNode *element, const char *text)
{
    const char *at = text;
    for (const char *words; (words = next_link(linting->arena, &at)) != NULL;) {
        bool alone = *text == '[' && text_equal(at, ")"); /* it is the whole: a button */
        size_t most = alone ? LONGEST_BUTTON : LONGEST_LINK;
        if (text_length(words) > most)
            lint_add(linting, "link.long", source_words(linting->source, element, words),
                     "the text of a link%s is at most %zu characters, this has %zu",
                     alone ? " that stands alone" : "", most, text_length(words));
    }
    if (strstr(text, "http://"))
        lint_add(linting, "link.insecure", source_words(linting->source, element, "http://"),
                 "links begin with https://");
}

/* ---- The document, but for answers and lists ---- */

static bool says(const xmlNode *element)
{
    static const char *const names[] = {"value", "label", "hint", "help", "alert"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (xml_is(element, FORM_NAMESPACE, names[i]))
            return true;
    return xml_is(element, FORM_NAMESPACE_HTML, "title") ||
           (xml_is(element, FORM_NAMESPACE_SK, NULL) &&
            !xml_child(element, FORM_NAMESPACE_SK, NULL));
}

static void check_href(struct linting *linting, const xmlNode *element)
{
    const char *href = xml_attribute(linting->arena, element, NULL, "href");
    if (href && text_starts_with(href, "http://"))
        lint_add(linting, "link.insecure", source_attribute(linting->source, element, NULL, "href"),
                 "links begin with https://");
}

static void walk(struct linting *linting, const xmlNode *element, const char *language)
{
    if (xml_is(element, FORM_NAMESPACE, "instance"))
        return;
    if (xml_is(element, FORM_NAMESPACE, "translation")) {
        const char *own = xml_attribute(linting->arena, element, NULL, "lang");
        language = own ? own : language;
    }
    check_href(linting, element);
    if (says(element)) {
        const char *text = xml_text(linting->arena, element);
        check_phrases(linting, element, text, language);
        check_stars(linting, element, text);
        check_link_texts(linting, element, text);
        return;
    }
    for (const xmlNode *at = xml_child(element, "*", NULL); at; at = xml_next(at, "*", NULL))
        walk(linting, at, language);
}

/* ---- Translations in files of their own: told of where the form names the file ---- */

static const char *words_of(const struct linting *linting, const struct text_body *body)
{
    struct buf out;
    buf_init(&out, linting->arena);
    for (size_t i = 0; i < body->count; i++)
        buf_add_text(&out, body->parts[i].text ? body->parts[i].text : "");
    return buf_text(&out);
}

static void check_beside(struct linting *linting, const xmlNode *translation, size_t language)
{
    const struct form *form = linting->form;
    for (size_t i = 0; i < form->entry_count; i++) {
        const char *text = words_of(linting, &form->entries[i].bodies[language]);
        check_phrases(linting, translation, text, form->languages[language]);
        check_stars(linting, translation, text);
        check_link_texts(linting, translation, text);
    }
}

static void check_files(struct linting *linting)
{
    const struct form *form = linting->form;
    const xmlNode *itext =
        xml_child(lint_head_child(linting, FORM_NAMESPACE, "model"), FORM_NAMESPACE, "itext");
    const xmlNode *at = itext ? xml_child(itext, FORM_NAMESPACE, "translation") : NULL;
    for (; at; at = xml_next(at, FORM_NAMESPACE, "translation")) {
        const char *language = xml_attribute(linting->arena, at, NULL, "lang");
        for (size_t i = 0; i < form->language_count; i++)
            if (text_equal(form->languages[i], language) && xmlHasProp(at, (const xmlChar *)"src"))
                check_beside(linting, at, i);
    }
}

/* ---- Links of the start page and of questions ---- */

static void check_fact(struct linting *linting, const struct form_fact *fact)
{
    const struct form *form = linting->form;
    struct source_place about = source_element(linting->source, lint_about(linting));
    for (size_t i = 0; *fact->href && i < form->language_count; i++) {
        size_t length = text_length(lint_shown(linting, fact->title, form->languages[i]));
        if (length > LONGEST_LINK)
            lint_add(linting, "link.long",
                     lint_text_place(linting, fact->title, form->languages[i], about),
                     "the text of a link is at most %d characters, this has %zu: put the rest in "
                     "<sk:detail>",
                     LONGEST_LINK, length);
    }
}

static void check_facts(struct linting *linting)
{
    const struct form_about *about = &linting->form->about;
    const struct form_fact *single[] = {&about->time,    &about->who,     &about->answer,
                                        &about->law,     &about->privacy, &about->other_ways,
                                        &about->deadline};
    for (size_t i = 0; i < COUNT(single); i++)
        if (single[i]->href)
            check_fact(linting, single[i]);
    for (size_t i = 0; i < about->need_count; i++)
        check_fact(linting, &about->needs[i]);
    for (size_t i = 0; i < about->next_count; i++)
        check_fact(linting, &about->next[i]);
}

static void check_external(struct linting *linting, const struct form_control *control,
                           const struct form_text *text)
{
    for (size_t i = 0; i < linting->form->language_count; i++) {
        const char *language = linting->form->languages[i];
        const char *said = lint_shown(linting, text, language);
        if (strstr(said, "https://") || strstr(said, "http://"))
            lint_add(linting, "link.external",
                     lint_text_place(linting, text, language, lint_control_place(control)),
                     "%s: write the help here; a link leads out of the form",
                     control->field ? control->field->path : control->word);
    }
}

/* ---- Messages ---- */

static const struct lint_wording blaming_words[] = {
    {"nb", "ugyldig-|vennligst|feil verdi|ikke tillatt"},
    {"nn", "ugyldig-|ver venleg|vennlegast|feil verdi|ikkje tillate"},
    {"en", "invalid|please|illegal|not allowed"},
    {"se", "gustohis|eai dohkkehuvvo"},
};

static size_t count_words(const char *text)
{
    size_t count = 0;
    for (const char *c = text; *c; c++)
        count += *c != ' ' && (c == text || c[-1] == ' ');
    return count;
}

static bool begins_small(const struct linting *linting, const char *text)
{
    return !text_equal(text, text_capital(linting->arena, text));
}

/* One that begins with a value of the answers cannot be judged at its start. */
static bool begins_with_value(const struct form_text *text, const char *language,
                              const struct form *form)
{
    const char *found;
    const struct text_body *body =
        text->kind == TEXT_ENTRY ? text_body_of(form, text->entry, language, &found) : &text->body;
    return body && body->count && body->parts[0].value;
}

static const char *flaw_of(const struct linting *linting, const struct form_text *message,
                           const char *language, const char *text)
{
    const char *stop = strchr(text, '.');
    if (begins_small(linting, text) && !begins_with_value(message, language, linting->form))
        return "begin with a capital letter";
    if (count_words(text) < FEWEST_MESSAGE_WORDS)
        return "write a whole sentence: what should the person do?";
    if (stop && !stop[1])
        return "a single sentence ends without full stop";
    return NULL;
}

static void check_message(struct linting *linting, const struct form_text *message,
                          struct source_place otherwise)
{
    if (!message || (message->kind != TEXT_ENTRY && message->kind != TEXT_INLINE))
        return;
    for (size_t i = 0; i < linting->form->language_count; i++) {
        const char *language = linting->form->languages[i];
        const char *text = lint_shown(linting, message, language);
        if (!*text)
            continue;
        struct source_place at = lint_text_place(linting, message, language, otherwise);
        const char *flaw = flaw_of(linting, message, language, text);
        if (flaw)
            lint_add(linting, "message.sentence", at, "\"%s\": %s", text, flaw);
        const char *words = lint_wording_of(blaming_words, COUNT(blaming_words), language);
        size_t found, size;
        if (strchr(text, '!') ||
            (words && lint_has_word(text_fold(linting->arena, text), words, &found, &size)))
            lint_add(linting, "message.tone", at,
                     "\"%s\": say what to do, without blame, courtesy and exclamation mark", text);
    }
}

static void check_messages(struct linting *linting)
{
    const struct form *form = linting->form;
    for (size_t i = 0; i < form->field_count; i++) {
        const struct form_field *field = form->fields[i];
        struct source_place at = {field->line, field->column};
        if (field->constraint)
            at = lint_xpath_place(linting, field->constraint, 0);
        check_message(linting, field->constraint_message, at);
        check_message(linting, field->required_message, at);
    }
    for (size_t i = 0; i < form->control_count; i++)
        check_message(linting, form->controls[i]->alert, lint_control_place(form->controls[i]));
}

/* ---- The title ---- */

/* Health, debt, crime, belief, family matters: what the notice of a letter must not tell whoever
 * sees the screen (personvernforordningen art. 9 and 10). */
static const struct lint_wording sensitive_words[] = {
    {"nb",
     "helse-|syk|syke-|sykdom-|diagnose-|psyk-|rus|rusmiddel-|overgrep-|vold|volds-|barnevern-|"
     "krise-|sosialhjelp|økonomisk stønad|gjeld|gjelds-|fengsel-|straff-|abort-|hiv|seksu-|"
     "relig-|tro|fagforening-|asyl-|etnisk-|ufør-|funksjonsneds-|omsorgs-|skilsmisse|"
     "avlastning-|adopsjon-"},
    {"nn", "helse-|sjuk-|diagnose-|psyk-|rus|rusmiddel-|overgrep-|vald|valds-|barnevern-|krise-|"
           "sosialhjelp|økonomisk stønad|gjeld|gjelds-|fengsel-|straff-|abort-|hiv|seksu-|relig-|"
           "tru|fagforeining-|asyl-|etnisk-|ufør-|funksjonsneds-|omsorgs-|skilsmisse|avlasting-|"
           "adopsjon-"},
    {"en", "health|sick|sickness|illness|diagnos-|psychi-|mental|drug|drugs|alcohol abuse|abuse|"
           "violence|child welfare|crisis|social assistance|debt|debts|prison|crime|criminal-|"
           "abortion|hiv|sexual-|relig-|trade union|asylum|ethnic-|disabled|disabilit-|divorce|"
           "adoption"},
    {"se", "dearvvašvuo-|buozalmas-|buohcc-|diagnos-|psyk-|veahkaváld-|mánáidsuodjal-|"
           "sosiálaveahkki|vealg-|ráŋggášt-|seksu-|osku|asyla-|doaibmavádj-"},
};

static void check_sensitive(struct linting *linting, const struct form_text *text,
                            const xmlNode *element)
{
    const struct form *form = linting->form;
    for (size_t i = 0; i < form->language_count; i++) {
        const char *language = form->languages[i];
        const char *words = lint_wording_of(sensitive_words, COUNT(sensitive_words), language);
        const char *shown = lint_shown(linting, text, language);
        size_t at, size;
        if (words && lint_has_word(text_fold(linting->arena, shown), words, &at, &size))
            lint_add(
                linting, "title.sensitive",
                lint_text_place(linting, text, language, source_element(linting->source, element)),
                "\"%s\" stands in SMS and e-mail about the letter: can it say less?", shown);
    }
}

/* Where the letter has a title of its own, the form's is not in the notice. */
static void check_titles(struct linting *linting)
{
    const struct form *form = linting->form;
    const xmlNode *letter = lint_head_child(linting, FORM_NAMESPACE_SK, "letter");
    const xmlNode *title = lint_head_child(linting, FORM_NAMESPACE_HTML, "title");
    if (form->letter.title)
        check_sensitive(linting, form->letter.title, letter);
    else
        check_sensitive(linting, form->title, title);
    check_sensitive(linting, form->letter.email.text, letter);
    check_sensitive(linting, form->letter.sms.text, letter);
}

void lint_phrases(struct linting *linting)
{
    const struct form *form = linting->form;
    walk(linting, xmlDocGetRootElement((xmlDoc *)(uintptr_t)linting->doc), form->languages[0]);
    check_files(linting);
    check_facts(linting);
    for (size_t i = 0; i < form->control_count; i++) {
        const struct form_control *control = form->controls[i];
        check_external(linting, control, control->label);
        check_external(linting, control, control->hint);
        check_external(linting, control, control->help);
    }
    check_messages(linting);
    check_titles(linting);
}
