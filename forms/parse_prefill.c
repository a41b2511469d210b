/* sk:prefill of a bind: which fact, about whom, and whether it may be changed. */
#include "engine/base/text.h"
#include "forms/likeness.h"
#include "forms/parse_inside.h"

#include <string.h>

static char *attribute(struct parsing *parsing, const xmlNode *bind, const char *name)
{
    return xml_attribute(parsing->arena, bind, FORM_NAMESPACE_SK, name);
}

static const struct prefill_fact *find_fact(struct parsing *parsing, const xmlNode *bind,
                                            const char *word)
{
    const struct prefill_fact *fact = prefill_find(word);
    if (fact)
        return fact;
    size_t count;
    const struct prefill_fact *facts = prefill_facts(&count);
    struct likeness likeness = {.wanted = word};
    for (size_t i = 0; i < count; i++)
        likeness_compare(&likeness, facts[i].word);
    parse_error(parsing, bind, "prefill.unknown", "nothing is known by the word '%s'%s", word,
                likeness_suggestion(parsing->scratch, &likeness));
    return NULL;
}

/* The field that names the organisation. */
static bool find_number(struct parsing *parsing, const xmlNode *bind,
                        const struct form_field *field, struct form_prefill *prefill)
{
    const char *path = attribute(parsing, bind, "prefill-by");
    if (!prefill->fact->by_number)
        return !path || parse_error(parsing, bind, "prefill.by",
                                    "sk:prefill-by is for facts about an organisation");
    if (!path)
        return parse_error(parsing, bind, "prefill.by",
                           "%s needs sk:prefill-by: the path of the organisation number",
                           prefill->fact->word);
    prefill->by = parse_field(parsing, bind, path, field);
    return prefill->by || parse_error(parsing, bind, "prefill.by",
                                      "sk:prefill-by names %s, but the instance has no such "
                                      "element",
                                      path);
}

void parse_prefill(struct parsing *parsing, const xmlNode *bind, struct form_field *field)
{
    const char *word = attribute(parsing, bind, "prefill");
    const char *editable = attribute(parsing, bind, "editable");
    if (!word && (editable || attribute(parsing, bind, "prefill-by")))
        parse_error(parsing, bind, "prefill.editable",
                    "sk:editable and sk:prefill-by go with sk:prefill");
    if (!word)
        return;
    struct form_prefill *prefill = ARENA_NEW(parsing->arena, struct form_prefill);
    *prefill = (struct form_prefill){.fact = find_fact(parsing, bind, word),
                                     .editable = text_equal(editable, "true")};
    if (!prefill->fact || !find_number(parsing, bind, field, prefill))
        return;
    if (editable && !prefill->editable && !text_equal(editable, "false"))
        parse_error(parsing, bind, "prefill.editable", "sk:editable is \"true\" or \"false\"");
    if (field->is_group || field->calculate)
        parse_error(parsing, bind, "prefill.place", "%s cannot be fetched: it %s", field->path,
                    field->calculate ? "is calculated" : "holds other answers");
    field->prefill = prefill;
}
