/* parse_letter.c - <sk:letter> in h:head: how the letter about what was sent goes to the citizen.
 */
#include "forms/parse_inside.h"

#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

static void check_elements(struct parsing *parsing, const xmlNode *letter)
{
    static const char *const known[] = {"title", "email", "sms"};
    for (const xmlNode *at = xml_child(letter, "*", NULL); at; at = xml_next(at, "*", NULL)) {
        bool good = false;
        for (size_t i = 0; i < COUNT(known); i++)
            good = good || xml_is(at, FORM_NAMESPACE_SK, known[i]);
        if (!good)
            parse_error(parsing, at, "element.unknown",
                        "unknown element <%s> in sk:letter: it has sk:title, sk:email and sk:sms",
                        (const char *)at->name);
    }
}

static bool has_day(const struct form_notice *notice, int day)
{
    for (size_t i = 0; i < notice->day_count; i++)
        if (notice->days[i] == day)
            return true;
    return false;
}

/* "0 7": days after the letter can be seen, each once. */
static bool read_days(const char *repeat, struct form_notice *out)
{
    struct form_notice read = *out;
    read.day_count = 0;
    for (const char *at = repeat; *at; at += strspn(at, " ")) {
        size_t size = strspn(at, "0123456789");
        int day = size && size <= 2 ? atoi(at) : -1;
        if (day < 0 || day > FORM_NOTICE_LAST_DAY || read.day_count == FORM_NOTICE_DAYS ||
            has_day(&read, day) || (at[size] && at[size] != ' '))
            return false;
        read.days[read.day_count++] = day;
        at += size;
    }
    *out = read;
    return read.day_count > 0;
}

static void read_notice(struct parsing *parsing, const xmlNode *letter, const char *name,
                        struct form_notice *out)
{
    const xmlNode *element = xml_child(letter, FORM_NAMESPACE_SK, name);
    if (!element)
        return;
    out->text = parse_text(parsing, element);
    out->day_count = 1; /* at once */
    const char *repeat = parse_attribute(parsing, element, "repeat");
    if (repeat && !read_days(repeat, out))
        parse_error_in(parsing, element, repeat, "letter.repeat",
                       "repeat=\"%s\" must be one to %d different days, each 0 to %d, as \"0 7\"",
                       repeat, FORM_NOTICE_DAYS, FORM_NOTICE_LAST_DAY);
}

/* One of two words; the first unless said. */
static bool read_choice(struct parsing *parsing, const xmlNode *letter, const char *name,
                        const char *usual, const char *other)
{
    const char *value = parse_attribute(parsing, letter, name);
    if (value && !text_equal(value, usual) && !text_equal(value, other))
        parse_error_in(parsing, letter, value, "letter.setting", "%s is \"%s\" or \"%s\"", name,
                       usual, other);
    return text_equal(value, other);
}

static void read_attributes(struct parsing *parsing, const xmlNode *letter, struct form_letter *out)
{
    const char *level = parse_attribute(parsing, letter, "security-level");
    if (level && !text_equal(level, "3") && !text_equal(level, "4"))
        parse_error_in(parsing, letter, level, "letter.setting", "security-level is 3 or 4");
    else if (level)
        out->security_level = level[0] - '0';
    out->wants_opening_receipt = read_choice(parsing, letter, "opening-receipt", "false", "true");
    out->lists_attachments = read_choice(parsing, letter, "attachments", "included", "listed");
    const char *after = parse_attribute(parsing, letter, "visible-after");
    if (after && !form_duration_parse(after, &out->visible_after))
        parse_error_in(parsing, letter, after, "letter.setting",
                       "visible-after is a duration such as P1D or PT2H");
}

void parse_letter(struct parsing *parsing, const xmlNode *head)
{
    struct form_letter *out = &parsing->form->letter;
    *out = (struct form_letter){.security_level = parsing->form->about.security_level};
    const xmlNode *letter = xml_child(head, FORM_NAMESPACE_SK, "letter");
    if (!letter)
        return;
    struct source_place place = parse_place(parsing, letter);
    out->line = place.line;
    out->column = place.column;
    check_elements(parsing, letter);
    read_attributes(parsing, letter, out);
    const xmlNode *title = xml_child(letter, FORM_NAMESPACE_SK, "title");
    out->title = title ? parse_text(parsing, title) : NULL;
    read_notice(parsing, letter, "email", &out->email);
    read_notice(parsing, letter, "sms", &out->sms);
}
