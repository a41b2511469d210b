#include "tests/made.h"

#include "engine/base/buf.h"

#include <string.h>

enum { MOST_FIELDS = 24, DEEPEST = 3 };

enum kind { LEAF, SELECT, GROUP, REPEAT };

struct field {
    enum kind kind;
    int parent; /* index; -1: the root */
    int depth;
    const char *name;
    const char *path; /* absolute */
};

struct making {
    struct arena *arena;
    uint64_t state;
    struct field fields[MOST_FIELDS];
    int count;
    struct buf binds;
};

/* ---- Chance ---- */

static int chance(struct making *making, int below)
{
    making->state = making->state * 6364136223846793005u + 1442695040888963407u;
    return (int)((making->state >> 33) % (unsigned)below);
}

static const char *one_of(struct making *making, const char *const *texts, size_t count)
{
    return texts[chance(making, (int)count)];
}

/* ---- Fields ---- */

static bool name_is_taken(const struct making *making, int parent, const char *name)
{
    for (int i = 0; i < making->count; i++)
        if (making->fields[i].parent == parent && strcmp(making->fields[i].name, name) == 0)
            return true;
    return false;
}

/* Few names, so that the same one stands in several places. */
static void add_children(struct making *making, int parent)
{
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    const struct field *above = parent < 0 ? NULL : &making->fields[parent];
    int wanted = 2 + chance(making, parent < 0 ? 4 : 2);
    for (int i = 0; i < wanted && making->count < MOST_FIELDS; i++) {
        const char *name = one_of(making, names, COUNT(names));
        if (name_is_taken(making, parent, name))
            continue;
        int depth = above ? above->depth + 1 : 1;
        int roll = chance(making, 10);
        enum kind kind = roll < 5 || depth == DEEPEST ? LEAF
                         : roll < 6                   ? SELECT
                         : roll < 7                   ? GROUP
                                                      : REPEAT;
        int number = making->count++;
        making->fields[number] = (struct field){
            kind, parent, depth, name,
            arena_printf(making->arena, "%s/%s", above ? above->path : "/data", name)};
        if (kind >= GROUP)
            add_children(making, number);
    }
}

/* ---- Expressions: where they stand is a field's number ---- */

static const char *value(struct making *making, int from, int deep);
static const char *truth(struct making *making, int from, int deep);

static bool is_above(const struct making *making, int above, int field)
{
    for (int at = field; at >= 0; at = making->fields[at].parent)
        if (at == above)
            return true;
    return above < 0;
}

/* From one field to another by .. and names. */
static const char *relative(struct making *making, int from, int to)
{
    int common = making->fields[from].parent;
    char *path = "..";
    while (!is_above(making, common, to)) {
        common = making->fields[common].parent;
        path = arena_printf(making->arena, "%s/..", path);
    }
    size_t above = common < 0 ? strlen("/data") : strlen(making->fields[common].path);
    return arena_printf(making->arena, "%s%s", path, making->fields[to].path + above);
}

/* What a predicate asks of the nodes it chooses from. */
static const char *predicate(struct making *making, int from, int to, int deep)
{
    switch (chance(making, 5)) {
    case 0:
        return arena_printf(making->arena, "[. != '']");
    case 1:
        return arena_printf(making->arena, "[%d]", 1 + chance(making, 2));
    case 2:
        return arena_printf(making->arena, "[. = current()/%s]",
                            relative(making, from, chance(making, making->count)));
    case 3:
        return arena_printf(making->arena, "[position() = %s]", value(making, to, deep + 2));
    default:
        return arena_printf(making->arena, "[%s]", truth(making, to, deep + 1));
    }
}

/* Nodes, by one of the many ways to say it. */
static const char *nodes(struct making *making, int from, int deep)
{
    static const char *const aside[] = {"preceding-sibling", "following-sibling", "following",
                                        "preceding"};
    int to = chance(making, making->count);
    const struct field *target = &making->fields[to];
    const char *then = deep < 2 && chance(making, 3) == 0 ? predicate(making, from, to, deep) : "";
    switch (chance(making, 14)) {
    case 0:
    case 1:
    case 2:
        return arena_printf(making->arena, "%s%s", target->path, then);
    case 12: /* above the root, as ODK has it */
        return arena_printf(making->arena, "instance('m')%s%s", target->path, then);
    case 13: /* at the root, as XForms has it */
        return arena_printf(making->arena, "instance('m')%s%s", target->path + strlen("/data"),
                            then);
    case 3:
    case 4:
    case 5:
        return arena_printf(making->arena, "%s%s", relative(making, from, to), then);
    case 6:
        return arena_printf(making->arena, "(%s)%s", relative(making, from, to), then);
    case 7:
        return arena_printf(making->arena, "current()/%s%s", relative(making, from, to), then);
    case 8:
        return arena_printf(making->arena, "//%s%s", target->name, then);
    case 9:
        return arena_printf(making->arena, "../%s::*/%s", one_of(making, aside, COUNT(aside)),
                            target->name);
    case 10:
        return arena_printf(making->arena, "ancestor::*/%s%s", target->name, then);
    default:
        return arena_printf(making->arena, "(%s | %s)%s", target->path,
                            nodes(making, from, deep + 1), then);
    }
}

/* indexed-repeat() of a field in a repeat at the top. */
static const char *indexed(struct making *making, int from, int deep)
{
    for (int to = 0; to < making->count; to++) {
        const struct field *field = &making->fields[to];
        bool in_rows = field->kind == LEAF && field->parent >= 0 && field->depth == 2 &&
                       making->fields[field->parent].kind == REPEAT;
        if (!in_rows || chance(making, 2))
            continue;
        const char *index = value(making, from, deep + 2);
        if (chance(making, 2))
            return arena_printf(making->arena, "indexed-repeat(%s, %s, %s)", field->path,
                                making->fields[field->parent].path, index);
        return arena_printf(making->arena, "indexed-repeat(%s, %s, %s)", relative(making, from, to),
                            relative(making, from, field->parent), index);
    }
    return "1";
}

static const char *choice_name(struct making *making, int from)
{
    for (int to = 0; to < making->count; to++)
        if (making->fields[to].kind == SELECT && chance(making, 2))
            return arena_printf(making->arena, "jr:choice-name('2', '%s')",
                                relative(making, from, to));
    return "'x'";
}

static const char *value(struct making *making, int from, int deep)
{
    int roll = chance(making, deep < 2 ? 12 : 5);
    switch (roll) {
    case 0:
        return arena_printf(making->arena, "%d", chance(making, 4));
    case 1:
    case 2:
        return relative(making, from, chance(making, making->count));
    case 3:
        return arena_printf(making->arena, "count(%s)", nodes(making, from, deep + 1));
    case 4:
        return arena_printf(making->arena, "string(%s)", nodes(making, from, deep + 1));
    case 5:
        return arena_printf(making->arena, "sum(%s)", nodes(making, from, deep + 1));
    case 6:
        return arena_printf(making->arena, "if(%s, %s, %s)", truth(making, from, deep + 1),
                            value(making, from, deep + 1), value(making, from, deep + 1));
    case 7:
        return arena_printf(making->arena, "coalesce(%s, %s)", nodes(making, from, deep + 1),
                            nodes(making, from, deep + 1));
    case 8:
        return arena_printf(making->arena, "concat(%s, '-', %s)", nodes(making, from, deep + 1),
                            value(making, from, deep + 1));
    case 9:
        return indexed(making, from, deep);
    case 10:
        return choice_name(making, from);
    default:
        return arena_printf(making->arena, "position(%s)", chance(making, 2) ? ".." : "../..");
    }
}

static const char *truth(struct making *making, int from, int deep)
{
    static const char *const compared[] = {"=", "!=", "&gt;", "&lt;="};
    switch (chance(making, deep < 2 ? 5 : 2)) {
    case 0:
        return arena_printf(making->arena, "%s %s %d", nodes(making, from, deep + 1),
                            one_of(making, compared, COUNT(compared)), chance(making, 3));
    case 1:
        return arena_printf(making->arena, "%s != ''",
                            relative(making, from, chance(making, making->count)));
    case 2:
        return arena_printf(making->arena, "not(%s)", truth(making, from, deep + 1));
    case 3:
        return arena_printf(making->arena, "%s %s %s", truth(making, from, deep + 1),
                            chance(making, 2) ? "and" : "or", truth(making, from, deep + 1));
    default:
        return arena_printf(making->arena, "selected(%s, '%d')", nodes(making, from, deep + 1),
                            chance(making, 3));
    }
}

/* A row that builds on the row before it: the one way to read one's own field that ends. */
static const char *chain(struct making *making, int from)
{
    const struct field *field = &making->fields[from];
    return arena_printf(making->arena, "sum(../preceding-sibling::%s[1]/%s) + %d",
                        making->fields[field->parent].name, field->name, 1 + chance(making, 3));
}

/* ---- The form ---- */

static void add_binds(struct making *making, int number)
{
    const struct field *field = &making->fields[number];
    bool in_row = field->parent >= 0 && making->fields[field->parent].kind == REPEAT;
    buf_printf(&making->binds, "<bind nodeset='%s'", field->path);
    if (chance(making, 4) == 0)
        buf_printf(&making->binds, " relevant=\"%s\"", truth(making, number, 0));
    if (field->kind == LEAF && in_row && chance(making, 4) == 0)
        buf_printf(&making->binds, " calculate=\"%s\"", chain(making, number));
    else if (field->kind == LEAF && chance(making, 3) == 0)
        buf_printf(&making->binds, " calculate=\"%s\"", value(making, number, 0));
    if (field->kind == LEAF && chance(making, 6) == 0)
        buf_printf(&making->binds, " required=\"%s\" constraint=\"%s\"", truth(making, number, 1),
                   truth(making, number, 1));
    buf_add_text(&making->binds, "/>\n");
}

static void write_instance(struct making *making, struct buf *out, int parent)
{
    for (int i = 0; i < making->count; i++) {
        const struct field *field = &making->fields[i];
        if (field->parent != parent)
            continue;
        buf_printf(out, "<%s>", field->name);
        if (field->kind >= GROUP)
            write_instance(making, out, i);
        else if (chance(making, 3) == 0)
            buf_printf(out, "%d", chance(making, 3));
        buf_printf(out, "</%s>", field->name);
    }
}

static void write_select(struct making *making, struct buf *out, int number)
{
    const struct field *field = &making->fields[number];
    buf_printf(out, "<select1 ref='%s'><label>S</label>", field->path);
    if (chance(making, 2))
        buf_printf(out,
                   "<itemset nodeset=\"instance('l')/root/i[k = %s]\"><value ref='v'/>"
                   "<label ref='n'/></itemset></select1>",
                   nodes(making, number, 2));
    else
        buf_printf(out,
                   "<itemset nodeset=\"%s\"><value ref='.'/><label ref='.'/></itemset></select1>",
                   nodes(making, number, 1));
}

static void write_controls(struct making *making, struct buf *out, int parent)
{
    for (int i = 0; i < making->count; i++) {
        const struct field *field = &making->fields[i];
        if (field->parent != parent)
            continue;
        if (field->kind == LEAF)
            buf_printf(out, "<input ref='%s'><label>L</label></input>\n", field->path);
        if (field->kind == SELECT)
            write_select(making, out, i);
        if (field->kind < GROUP)
            continue;
        bool repeat = field->kind == REPEAT;
        buf_printf(out, repeat ? "<repeat nodeset='%s'" : "<group ref='%s'", field->path);
        if (repeat && chance(making, 5) == 0)
            buf_printf(out, " jr:count=\"%s\"", value(making, i, 1));
        buf_add_text(out, ">\n");
        write_controls(making, out, i);
        buf_add_text(out, repeat ? "</repeat>\n" : "</group>\n");
    }
}

const char *made_form(struct arena *arena, unsigned long seed)
{
    struct making making = {.arena = arena, .state = seed * 2654435761u + 1};
    for (int i = 0; i < 8; i++)
        (void)chance(&making, 2); /* seeds beside each other part */
    buf_init(&making.binds, arena);
    add_children(&making, -1);
    for (int i = 0; i < making.count; i++)
        if (chance(&making, 2))
            add_binds(&making, i);

    struct buf out;
    buf_init(&out, arena);
    buf_add_text(&out, "<h:html xmlns='http://www.w3.org/2002/xforms' "
                       "xmlns:h='http://www.w3.org/1999/xhtml' "
                       "xmlns:jr='http://openrosa.org/javarosa'><h:head><h:title>T</h:title>"
                       "<model><instance id='m'><data id='x'>");
    write_instance(&making, &out, -1);
    buf_add_text(&out, "</data></instance><instance id='l'><root>");
    for (int i = 0; i < 6; i++)
        buf_printf(&out, "<i><k>%d</k><v>%d</v><n>N%d</n></i>", i % 3, i / 2, i);
    buf_printf(&out, "</root></instance>\n%s</model></h:head>\n<h:body>\n",
               buf_text(&making.binds));
    write_controls(&making, &out, -1);
    buf_add_text(&out, "</h:body></h:html>\n");
    return buf_text(&out);
}
